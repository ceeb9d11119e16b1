// Every operation of `@azure/arm-authorization`, as it is published, once each and by its own name. Started by the test beside it.

import { randomUUID } from 'node:crypto'
import { cell } from '../support/client-child.ts'
import { all, clientOf, groupsOf, refused, SUBSCRIPTION, same, task } from './arm-client.ts'

const GROUP = 'rg-payments-prod'
// As everybody writes it: the library then sends two leading slashes.
const SCOPE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}`
const VAULT = ['Microsoft.KeyVault', 'vaults', 'kv-payments'] as const
const ROLES = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions`
const READER = `${ROLES}/acdd72a7-3385-48ef-bd42-f606fba81ae7`
const CONTRIBUTOR = `${ROLES}/b24988ac-6180-42a0-ab88-20f7382dd24c`

const called = new Set<string>()
const admin = clientOf(task.admin)
const me = clientOf(task.engineer)

/** One operation, under its own name. */
async function operation(name: string, work: () => Promise<string>): Promise<void> {
  called.add(name)
  await cell(name, work)
}

// --- what there is none of, and what the caller may do ---

await operation('classicAdministrators.list', async () => same((await all(admin.classicAdministrators.list())).length, 0))
await operation('denyAssignments.list', async () => same((await all(admin.denyAssignments.list())).length, 0))
await operation('denyAssignments.listForScope', async () => same((await all(admin.denyAssignments.listForScope(SCOPE))).length, 0))
await operation('denyAssignments.listForResourceGroup', async () =>
  same((await all(admin.denyAssignments.listForResourceGroup(GROUP))).length, 0),
)
await operation('denyAssignments.listForResource', async () =>
  same((await all(admin.denyAssignments.listForResource(GROUP, VAULT[0], '', VAULT[1], VAULT[2]))).length, 0),
)
const deny = randomUUID()
await operation('denyAssignments.get', async () => same(await refused(admin.denyAssignments.get(SCOPE, deny)), '404 ResourceNotFound'))
await operation('denyAssignments.getById', async () =>
  same(
    await refused(admin.denyAssignments.getById(`${SCOPE}/providers/Microsoft.Authorization/denyAssignments/${deny}`)),
    '404 ResourceNotFound',
  ),
)
await operation('permissions.listForResourceGroup', async () =>
  same(
    (await all(admin.permissions.listForResourceGroup(GROUP))).some((one) => one.actions?.includes('*')),
    true,
  ),
)
await operation('permissions.listForResource', async () =>
  same((await all(admin.permissions.listForResource(GROUP, VAULT[0], '', VAULT[1], VAULT[2]))).length > 0, true),
)
await operation('providerOperationsMetadataOperations.list', async () =>
  same((await all(me.providerOperationsMetadataOperations.list())).map((one) => one.name).includes('Microsoft.Authorization'), true),
)
await operation('providerOperationsMetadataOperations.get', async () =>
  same(
    (await me.providerOperationsMetadataOperations.get('Microsoft.Authorization')).resourceTypes?.some(
      (one) => one.name === 'roleAssignments',
    ),
    true,
  ),
)

// --- role definitions ---

const role = randomUUID()
await operation('roleDefinitions.createOrUpdate', async () => {
  const made = await admin.roleDefinitions.createOrUpdate(SCOPE, role, {
    roleName: 'Vault Lister',
    description: 'Lists vaults',
    roleType: 'CustomRole',
    permissions: [{ actions: ['Microsoft.KeyVault/vaults/read'] }],
    assignableScopes: [SCOPE],
  })
  return same([made.name, made.roleType, made.assignableScopes], [role, 'CustomRole', [SCOPE]])
})
await operation('roleDefinitions.get', async () => same((await me.roleDefinitions.get(SCOPE, role)).roleName, 'Vault Lister'))
await operation('roleDefinitions.getById', async () =>
  same((await me.roleDefinitions.getById(`${ROLES}/${role}`)).roleName, 'Vault Lister'),
)
await operation('roleDefinitions.list', async () =>
  same(
    (await all(me.roleDefinitions.list(SCOPE, { filter: "type eq 'CustomRole'" }))).map((one) => one.name),
    [role],
  ),
)

// --- plain role assignments ---

const assignment = randomUUID()
const assignmentId = `${SCOPE}/providers/Microsoft.Authorization/roleAssignments/${assignment}`
const body = { roleDefinitionId: READER, principalId: task.engineerId, principalType: 'User' as const }
const ours = (items: readonly { name?: string }[]) => items.filter((one) => one.name === assignment).length
await operation('roleAssignments.create', async () => {
  const made = await admin.roleAssignments.create(SCOPE, assignment, body)
  return same([made.name, made.scope, made.roleDefinitionId], [assignment, SCOPE, READER])
})
await operation('roleAssignments.createById', async () =>
  same((await admin.roleAssignments.createById(assignmentId, body)).name, assignment),
)
await cell('the same under another name', async () =>
  same(await refused(admin.roleAssignments.create(SCOPE, randomUUID(), body)), '409 RoleAssignmentExists'),
)
await operation('roleAssignments.get', async () => same((await admin.roleAssignments.get(SCOPE, assignment)).principalType, 'User'))
await operation('roleAssignments.getById', async () => same((await admin.roleAssignments.getById(assignmentId)).name, assignment))
await operation('roleAssignments.listForSubscription', async () => same(ours(await all(admin.roleAssignments.listForSubscription())), 1))
await operation('roleAssignments.listForResourceGroup', async () =>
  same(ours(await all(admin.roleAssignments.listForResourceGroup(GROUP))), 1),
)
await operation('roleAssignments.listForResource', async () =>
  same(ours(await all(admin.roleAssignments.listForResource(GROUP, ...VAULT))), 1),
)
await operation('roleAssignments.listForScope', async () =>
  same(ours(await all(admin.roleAssignments.listForScope(SCOPE, { filter: 'atScope()' }))), 1),
)
await operation('roleAssignments.delete', async () => same((await admin.roleAssignments.delete(SCOPE, assignment)).name, assignment))
await cell('delete what is gone', async () => same(JSON.stringify(await admin.roleAssignments.delete(SCOPE, assignment)), '{}'))
await operation('roleAssignments.deleteById', async () => {
  const again = `${SCOPE}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`
  await admin.roleAssignments.createById(again, body)
  return same((await admin.roleAssignments.deleteById(again)).id, again)
})

// --- eligibility and activation ---

const ask = (requestType: string, roleDefinitionId: string, duration: string, start: Date | null = null) => ({
  principalId: task.engineerId,
  roleDefinitionId,
  requestType,
  justification: 'because',
  scheduleInfo: { startDateTime: start as unknown as Date, expiration: { type: 'AfterDuration', duration } },
})
const later = () => new Date(Date.now() + 3_600_000)
const custom = `${ROLES}/${role}`
const eligible = randomUUID()
const active = randomUUID()
const mine = { filter: 'asTarget()' }
const has = (items: readonly { name?: string }[], name: string) => items.some((one) => one.name === name)

await operation('roleEligibilityScheduleRequests.validate', async () =>
  same((await admin.roleEligibilityScheduleRequests.validate(SCOPE, randomUUID(), ask('AdminAssign', custom, 'P30D'))).status, 'Granted'),
)
await operation('roleEligibilityScheduleRequests.create', async () =>
  same((await admin.roleEligibilityScheduleRequests.create(SCOPE, eligible, ask('AdminAssign', custom, 'P30D'))).status, 'Provisioned'),
)
await operation('roleEligibilityScheduleRequests.get', async () =>
  same((await admin.roleEligibilityScheduleRequests.get(SCOPE, eligible)).expandedProperties?.roleDefinition?.displayName, 'Vault Lister'),
)
await operation('roleEligibilityScheduleRequests.listForScope', async () =>
  same(has(await all(me.roleEligibilityScheduleRequests.listForScope(SCOPE, mine)), eligible), true),
)
await operation('roleEligibilityScheduleRequests.cancel', async () => {
  const name = randomUUID()
  await admin.roleEligibilityScheduleRequests.create(SCOPE, name, ask('AdminAssign', READER, 'P30D', later()))
  await admin.roleEligibilityScheduleRequests.cancel(SCOPE, name)
  return same((await admin.roleEligibilityScheduleRequests.get(SCOPE, name)).status, 'Canceled')
})
await operation('roleEligibilitySchedules.listForScope', async () =>
  same(has(await all(me.roleEligibilitySchedules.listForScope(SCOPE, mine)), eligible), true),
)
await operation('roleEligibilitySchedules.get', async () =>
  same((await me.roleEligibilitySchedules.get(SCOPE, eligible)).memberType, 'Direct'),
)
await operation('roleEligibilityScheduleInstances.listForScope', async () =>
  same(has(await all(me.roleEligibilityScheduleInstances.listForScope(SCOPE, mine)), eligible), true),
)
await operation('roleEligibilityScheduleInstances.get', async () =>
  same((await me.roleEligibilityScheduleInstances.get(SCOPE, eligible)).roleDefinitionId, custom),
)
await operation('eligibleChildResources.list', async () =>
  same(
    (await all(me.eligibleChildResources.list(`/subscriptions/${SUBSCRIPTION}`))).some((one) => one.name === GROUP),
    true,
  ),
)
await operation('roleAssignmentScheduleRequests.validate', async () =>
  same((await me.roleAssignmentScheduleRequests.validate(SCOPE, randomUUID(), ask('SelfActivate', custom, 'PT1H'))).status, 'Granted'),
)
await operation('roleAssignmentScheduleRequests.create', async () =>
  same((await me.roleAssignmentScheduleRequests.create(SCOPE, active, ask('SelfActivate', custom, 'PT1H'))).status, 'Provisioned'),
)
await operation('roleAssignmentScheduleRequests.get', async () =>
  same((await me.roleAssignmentScheduleRequests.get(SCOPE, active)).requestType, 'SelfActivate'),
)
await operation('roleAssignmentScheduleRequests.listForScope', async () =>
  same(has(await all(me.roleAssignmentScheduleRequests.listForScope(SCOPE, mine)), active), true),
)
await operation('roleAssignmentSchedules.listForScope', async () =>
  same(has(await all(me.roleAssignmentSchedules.listForScope(SCOPE, mine)), active), true),
)
await operation('roleAssignmentSchedules.get', async () =>
  same((await me.roleAssignmentSchedules.get(SCOPE, active)).assignmentType, 'Activated'),
)
await operation('roleAssignmentScheduleInstances.listForScope', async () =>
  same(has(await all(me.roleAssignmentScheduleInstances.listForScope(SCOPE, mine)), active), true),
)
await operation('roleAssignmentScheduleInstances.get', async () =>
  same((await me.roleAssignmentScheduleInstances.get(SCOPE, active)).linkedRoleEligibilityScheduleId, eligible),
)
await cell('delete a held role', async () =>
  same(await refused(admin.roleDefinitions.delete(SCOPE, role)), '409 RoleDefinitionHasAssignments'),
)
await operation('roleAssignmentScheduleRequests.cancel', async () => {
  const plain = { principalId: task.engineerId, roleDefinitionId: custom, requestType: 'SelfDeactivate' }
  await me.roleAssignmentScheduleRequests.create(SCOPE, randomUUID(), plain)
  const name = randomUUID()
  await me.roleAssignmentScheduleRequests.create(SCOPE, name, ask('SelfActivate', custom, 'PT1H', later()))
  await me.roleAssignmentScheduleRequests.cancel(SCOPE, name)
  return same((await me.roleAssignmentScheduleRequests.get(SCOPE, name)).status, 'Canceled')
})

// --- policies ---

const policy = CONTRIBUTOR.slice(-36)
await operation('roleManagementPolicies.listForScope', async () =>
  same((await all(admin.roleManagementPolicies.listForScope(SCOPE))).length > 100, true),
)
await operation('roleManagementPolicies.get', async () => same((await admin.roleManagementPolicies.get(SCOPE, policy)).rules?.length, 17))
await operation('roleManagementPolicies.update', async () => {
  const rule = { ruleType: 'RoleManagementPolicyExpirationRule' as const, id: 'Expiration_EndUser_Assignment', maximumDuration: 'PT3H' }
  return same((await admin.roleManagementPolicies.update(SCOPE, policy, { rules: [rule] })).isOrganizationDefault, false)
})
let binding = ''
await operation('roleManagementPolicyAssignments.listForScope', async () => {
  const found = await all(admin.roleManagementPolicyAssignments.listForScope(SCOPE))
  binding = found.find((one) => one.roleDefinitionId?.endsWith(policy))?.name ?? ''
  return same(binding.endsWith(`_${policy}`), true)
})
await operation('roleManagementPolicyAssignments.get', async () =>
  same((await admin.roleManagementPolicyAssignments.get(SCOPE, binding)).scope, SCOPE),
)
await operation('roleManagementPolicyAssignments.create', async () => {
  const policyId = `${SCOPE}/providers/Microsoft.Authorization/roleManagementPolicies/${binding.slice(0, 36)}`
  const made = await admin.roleManagementPolicyAssignments.create(SCOPE, binding, { scope: SCOPE, roleDefinitionId: CONTRIBUTOR, policyId })
  return same(made.name, binding)
})
await operation('roleManagementPolicyAssignments.delete', async () =>
  same(await refused(admin.roleManagementPolicyAssignments.delete(SCOPE, binding)), 'answered'),
)
await operation('roleManagementPolicies.delete', async () =>
  same(await refused(admin.roleManagementPolicies.delete(SCOPE, policy)), 'answered'),
)

// --- and at last ---

await operation('roleDefinitions.delete', async () => {
  const other = randomUUID()
  await admin.roleDefinitions.createOrUpdate(SCOPE, other, {
    roleName: 'Short-lived',
    permissions: [{ actions: ['*/read'] }],
    assignableScopes: [SCOPE],
  })
  return same((await admin.roleDefinitions.delete(SCOPE, other)).name, other)
})
await operation('globalAdministrator.elevateAccess', async () => {
  await admin.globalAdministrator.elevateAccess()
  const held = await all(admin.roleAssignments.listForScope(SCOPE, { filter: 'atScope()' }))
  return same(
    held.some((one) => one.scope === '/'),
    true,
  )
})
await cell('every operation there is was called', async () => {
  const left = groupsOf(admin).filter((name) => !called.has(name) && !/\.(cancelImpl)$/.test(name))
  return same([left, called.size], [[], groupsOf(admin).length])
})
