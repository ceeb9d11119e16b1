# Drives Debian's azure-mgmt-authorization, as it is packaged, through PIM. Started by azure-python.test.ts; prints one JSON line a verb.

import json
import sys
import time
import uuid

from azure.core.credentials import AccessToken
from azure.mgmt.authorization import AuthorizationManagementClient

task = json.loads(sys.argv[1])
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SCOPE = "subscriptions/%s/resourceGroups/rg-ledger-prod" % SUBSCRIPTION
ROLE = "/%s/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c" % SCOPE
READER = "/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7" % SUBSCRIPTION


class Held:
    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **kwargs):
        return AccessToken(self.token, int(time.time()) + 600)


def client(token, version):
    return AuthorizationManagementClient(
        Held(token), SUBSCRIPTION, base_url=task["url"], api_version=version, credential_scopes=[task["url"] + "/.default"]
    )


admin, me = (client(task[who], "2020-10-01") for who in ("admin", "engineer"))
admin_rbac = client(task["admin"], "2022-04-01")
eligible, active, given = (str(uuid.uuid4()) for _ in range(3))


def ask(kind, duration):
    return {
        "principalId": task["engineerId"],
        "roleDefinitionId": ROLE,
        "requestType": kind,
        "justification": "because",
        "scheduleInfo": {"startDateTime": None, "expiration": {"type": "AfterDuration", "duration": duration}},
    }


def body(kind, duration):
    return {"properties": ask(kind, duration)}


def cell(verb, work):
    try:
        print(json.dumps({"verb": verb, "ok": True, "detail": str(work())}))
    except Exception as error:  # whatever the client raises is what its user would see
        print(json.dumps({"verb": verb, "ok": False, "detail": "%s: %s" % (type(error).__name__, error)}))


def same(found, wanted):
    if found != wanted:
        raise AssertionError("%r instead of %r" % (found, wanted))
    return found


cell("make eligible", lambda: same(admin.role_eligibility_schedule_requests.create(SCOPE, eligible, body("AdminAssign", "P30D")).status, "Provisioned"))
cell("read the request", lambda: same(admin.role_eligibility_schedule_requests.get(SCOPE, eligible).principal_type, "User"))
cell("list requests", lambda: same(eligible in [r.name for r in admin.role_eligibility_schedule_requests.list_for_scope(SCOPE)], True))
cell("list eligibilities", lambda: same([s.name for s in me.role_eligibility_schedules.list_for_scope(SCOPE, filter="asTarget()")], [eligible]))
cell("list eligible instances", lambda: same([i.member_type for i in me.role_eligibility_schedule_instances.list_for_scope(SCOPE, filter="asTarget()")], ["Direct"]))
cell("eligible child resources", lambda: same(len(list(me.eligible_child_resources.get("subscriptions/" + SUBSCRIPTION))), 1))
cell("activate", lambda: same(me.role_assignment_schedule_requests.create(SCOPE, active, body("SelfActivate", "PT1H")).status, "Provisioned"))
cell("list active schedules", lambda: same([s.assignment_type for s in me.role_assignment_schedules.list_for_scope(SCOPE, filter="asTarget()")], ["Activated"]))
cell("list active instances", lambda: same([s.assignment_type for s in me.role_assignment_schedule_instances.list_for_scope(SCOPE, filter="asTarget()")], ["Activated"]))
cell("deactivate", lambda: same(me.role_assignment_schedule_requests.create(SCOPE, str(uuid.uuid4()), {"properties": {"principalId": task["engineerId"], "roleDefinitionId": ROLE, "requestType": "SelfDeactivate"}}).status, "Revoked"))


def policy():
    found = [p for p in admin.role_management_policies.list_for_scope(SCOPE)]
    one = admin.role_management_policies.get(SCOPE, found[0].name)
    return same(len(one.rules), 17)


cell("read a policy", policy)
cell("list policy assignments", lambda: same(len(list(admin.role_management_policy_assignments.list_for_scope(SCOPE))) > 0, True))
cell("role definitions", lambda: same([d.role_name for d in admin_rbac.role_definitions.list(SCOPE, filter="roleName eq 'Reader'")], ["Reader"]))
cell("assign a role", lambda: same(admin_rbac.role_assignments.create(SCOPE, given, {"properties": {"roleDefinitionId": READER, "principalId": task["engineerId"]}}).name, given))
cell("list role assignments", lambda: same(given in [a.name for a in admin_rbac.role_assignments.list_for_scope(SCOPE)], True))
cell("delete the role assignment", lambda: same(admin_rbac.role_assignments.delete(SCOPE, given).name, given))
cell("permissions", lambda: same(len(list(admin_rbac.permissions.list_for_resource_group("rg-ledger-prod"))) > 0, True))
cell("deny assignments", lambda: same(list(client(task["admin"], "2022-04-01").deny_assignments.list_for_scope(SCOPE)), []))
