// Requests of a fixed seed: whole and right, with one or two places replaced by what breaks things. Mere noise is refused at the
// doorstep; only what is nearly right gets far enough to hurt.

import { ROUTES } from '../../src/contract/routes.ts'
import { AU, CONTRIBUTOR, directoryRole, idOf, OPERATORS, RG, SUBSCRIPTION, TENANT } from './world.ts'

/** mulberry32: small, and the same everywhere. */
export function chance(seed: number) {
  let a = seed
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
  return { next, pick, maybe: (p: number) => next() < p }
}

const ROLE = directoryRole().role
const NOBODY = '00000000-0000-0000-0000-000000000000'
const D = 'roleManagement/directory'
const G = 'identityGovernance/privilegedAccess/group'

// biome-ignore format: a list of words
const ODD = [
  '', '%20', '%00', '%', '%2f', '..', '%2e%2e', '//', '%F0%9F%92%A9', '%E2%80%AE', "'", "''", '%22', '\\', ';', 'null', '-1', '1e999',
  'x'.repeat(600), '__proto__', 'constructor', '%ED%A0%80', '%C3%28', '%7B%7D', '[]', '$', '*', '9'.repeat(40), '-'.repeat(36), 'x', '%0a',
]
// biome-ignore format: a list of words
const IDS = [
  idOf('sam'), idOf('admin'), OPERATORS, ROLE, CONTRIBUTOR, TENANT, NOBODY, 'member', `Group_${OPERATORS}_6d656d62-6572-4000-8000-000000000001`,
  `DirectoryRole_${TENANT}_${ROLE}`, 'sam@contoso.com',
]
/** `{id}`, `{f}` for a filter, `{t}` for a cursor, `{n}` for a number, `{at}` for a scope. */
// biome-ignore format: a list of paths
const GRAPH = [
  ...['Eligibility', 'Assignment'].flatMap((l) => ['ScheduleRequests', 'Schedules', 'ScheduleInstances'].flatMap((k) => [
    `${D}/role${l}${k}?$filter={f}&$top={n}`, `${D}/role${l}${k}?$skiptoken={t}&$orderby=createdDateTime desc`, `${D}/role${l}${k}/{id}?$expand=*`,
    `${D}/role${l}${k}/filterByCurrentUser(on='principal')?$filter={f}`, `${D}/role${l}${k}('{id}')`, `${D}/role${l}${k}?$count=true&$expand=activatedUsing,principal`,
    `${G}/${l.toLowerCase()}${k}?$filter=groupId eq '${OPERATORS}' and {f}`, `${G}/${l.toLowerCase()}${k}/{id}`, `${G}/${l.toLowerCase()}${k}?$filter={f}&$skiptoken={t}`,
  ])),
  `${D}/roleAssignmentApprovals/filterByCurrentUser(on='approver')?$skiptoken={t}`, `${D}/roleAssignmentApprovals/{id}/steps/{id}`, `${G}/assignmentApprovals/{id}?$expand=stages`,
  `${D}/roleDefinitions?$filter={f}`, `${D}/roleDefinitions/{id}`, 'policies/roleManagementPolicies/{id}?$expand=rules', 'policies/roleManagementPolicies/{id}/rules/{id}',
  "policies/roleManagementPolicies?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole' and {f}&$skiptoken={t}",
  `policies/roleManagementPolicyAssignments?$filter=scopeId eq '{id}' and scopeType eq 'Group'&$expand=policy($expand=rules)`,
  'groups?$search="{id}"&$orderby=displayName&$skiptoken={t}', 'users/{id}/memberOf/microsoft.graph.group?$filter={f}', 'groups/{id}/transitiveMembers/$count', 'users?$expand=manager,memberOf&$top={n}',
  'directory/administrativeUnits/{id}/scopedRoleMembers/{id}', "directoryRoles(roleTemplateId='{id}')/members", 'directoryRoleTemplates/{id}', 'organization/{id}', 'applications?$filter={f}', "servicePrincipals(appId='{id}')",
  `${D}/roleAssignments?$filter={f}&$skiptoken={t}`, `${D}/roleAssignments/{id}/principal`, `${D}/transitiveRoleAssignments?$filter=principalId eq '{id}'`, `${D}/roleSchedules(directoryScopeId='{id}',appScopeId=null,principalId=@p,roleDefinitionId=null)?@p={id}`,
  `${D}/resourceNamespaces/{id}/resourceActions/{id}`, `${G}/resources?$skiptoken={t}`, '$metadata', 'me/manager', 'users/{id}/manager/$ref', 'groups/{id}/owners/$ref',
  'users?$filter={f}&$skiptoken={t}', 'groups/{id}/members?$top={n}', 'users/{id}/transitiveMemberOf', 'servicePrincipals/{id}', "directoryObjects('{id}')", 'me',
]
// biome-ignore format: a list of paths
const ARM = [
  ...['Eligibility', 'Assignment'].flatMap((l) => ['ScheduleRequests', 'Schedules', 'ScheduleInstances'].flatMap((k) => [
    `role${l}${k}?api-version=2020-10-01&$filter={f}&$top={n}`, `role${l}${k}/{id}?api-version=2020-10-01`, `role${l}${k}?api-version=2020-10-01&$skiptoken={t}`,
  ])),
  'roleAssignments?api-version=2022-04-01&$filter={f}', 'roleAssignments/{id}?api-version=2022-04-01', 'roleDefinitions?api-version=2022-04-01&$filter={f}',
  'roleDefinitions/{id}?api-version=2022-04-01', 'roleManagementPolicies?api-version=2020-10-01&$filter={f}&$skiptoken={t}', 'roleManagementPolicies/{id}?api-version=2020-10-01',
  'roleManagementPolicyAssignments/{id}_{id}?api-version=2020-10-01', 'eligibleChildResources?api-version=2020-10-01&$filter={f}&$skiptoken={t}',
  'roleAssignmentApprovals?api-version=2021-01-01-preview&$filter={f}', 'roleAssignmentApprovals/{id}/stages/{id}?api-version=2021-01-01-preview',
]
// biome-ignore format: a list of paths
const NATIVE = [
  ...Object.values(ROUTES).map(({ path }) => `${path.replace(/:\w+/g, '{id}')}?limit={n}`), '/requests?cursor={t}', '/assignments?principal={id}&cursor={t}',
  '/eligibilities?scope={id}', '/grants?principal={id}&cursor={t}', '/roles?name={id}&cursor={t}', '/principals?name={id}', '/policies/directory?role={id}&scope=/', '/me/messages?cursor={t}',
]
const SCOPES = [
  '',
  SUBSCRIPTION,
  RG,
  RG.toUpperCase(),
  `${RG}/providers/a/b/c`,
  '/providers/Microsoft.Management/managementGroups/contoso-root',
  AU,
]
// biome-ignore format: a list of words
const PROPERTIES = [
  'principalId', 'groupId', 'status', 'id', 'createdDateTime', 'roleDefinitionId', 'displayName', 'memberType', 'createdBy/user/id', 'startDateTime', 'appId', 'targetScheduleId', 'name', 'x',
]
// biome-ignore format: a list of words
const VALUES = [
  "'x'", 'null', 'true', '1', '2031-01-01', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00', `'${idOf('sam')}'`, `'${OPERATORS}'`, idOf('admin'), "'Direct'", "''", "'%25_'", '1e400', "'",
]
const FUNCTIONS = [
  'asTarget()',
  'asApprover()',
  'atScope()',
  `assignedTo('${idOf('sam')}')`,
  "assignedTo('x')",
  "startswith(id,'%25')",
  "contains(name,'_')",
]

const scheduleInfo = { startDateTime: null, expiration: { type: 'AfterDuration', duration: 'PT1H', endDateTime: null } }
const asked = {
  principalId: idOf('sam'),
  roleDefinitionId: ROLE,
  directoryScopeId: '/',
  justification: 'x',
  scheduleInfo,
  isValidationOnly: false,
}
const rule = {
  '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
  id: 'Expiration_EndUser_Assignment',
  maximumDuration: 'PT4H',
}
const put = { requestType: 'SelfActivate', principalId: idOf('engineer'), roleDefinitionId: CONTRIBUTOR, scheduleInfo, justification: 'x' }
const arm = `${RG}/providers/Microsoft.Authorization`
type Write = readonly [method: string, path: string, body: object]
// biome-ignore format: a list of writes
const WRITES: readonly Write[] = [
  ['POST', `/v1.0/${D}/roleAssignmentScheduleRequests`, { action: 'selfActivate', ...asked }],
  ['POST', `/v1.0/${D}/roleEligibilityScheduleRequests`, { action: 'adminAssign', ...asked }],
  ['POST', '/v1.0/users', { accountEnabled: true, displayName: 'x', mailNickname: 'x', userPrincipalName: 'x@contoso.com' }],
  ['PATCH', `/v1.0/users/${idOf('sam')}`, { jobTitle: 'x', businessPhones: ['1'] }],
  ['POST', '/v1.0/groups', { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true, isAssignableToRole: false, 'owners@odata.bind': [`directoryObjects('${idOf('sam')}')`] }],
  ['PATCH', `/beta/groups/${OPERATORS}`, { description: 'x' }],
  ['POST', `/v1.0/groups/${OPERATORS}/members/$ref`, { '@odata.id': `https://pim.test/v1.0/directoryObjects/${idOf('lead')}` }],
  ['POST', '/v1.0/directory/administrativeUnits', { displayName: 'x' }],
  ['POST', '/v1.0/directoryObjects/getByIds', { ids: [idOf('sam')], types: ['user'] }],
  ['POST', '/v1.0/me/checkMemberGroups', { groupIds: [OPERATORS] }],
  ['POST', `/v1.0/${D}/roleAssignments`, { principalId: idOf('lead'), roleDefinitionId: ROLE, directoryScopeId: '/' }],
  ['POST', `/v1.0/${D}/roleDefinitions`, { displayName: 'x', isEnabled: true, rolePermissions: [{ allowedResourceActions: ['microsoft.directory/users/basic/read'] }] }],
  ['POST', '/v1.0/$batch', { requests: [{ id: '1', method: 'GET', url: '/me', dependsOn: [] }, { id: '2', method: 'POST', url: '/groups', headers: { 'content-type': 'application/json' }, body: { displayName: 'y' } }] }],
  ['POST', `/beta/${G}/assignmentScheduleRequests`, { action: 'adminUpdate', ...asked, groupId: OPERATORS, accessId: 'member' }],
  ['POST', `/v1.0/${D}/roleAssignmentScheduleRequests/{id}/cancel`, {}],
  ['PATCH', `/beta/${D}/roleAssignmentApprovals/{id}/steps/{id}`, { reviewResult: 'Approve', justification: 'x' }],
  ['PATCH', '/v1.0/policies/roleManagementPolicies/{id}/rules/Expiration_EndUser_Assignment', rule],
  ['PATCH', '/v1.0/policies/roleManagementPolicies/{id}', { rules: [rule] }],
  ['POST', '/v1.0/directoryObjects/getByIds', { ids: IDS }],
  ['PUT', `${arm}/roleAssignmentScheduleRequests/{id}?api-version=2020-10-01`, { properties: put }],
  ['POST', `${arm}/roleAssignmentScheduleRequests/{id}/validate?api-version=2020-10-01`, { properties: put }],
  ['PATCH', `${arm}/roleManagementPolicies/${CONTRIBUTOR}?api-version=2020-10-01`, { properties: { rules: [{ ...rule, ruleType: 'RoleManagementPolicyExpirationRule' }] } }],
  ['PATCH', `${arm}/roleAssignmentApprovals/{id}/stages/{id}?api-version=2021-01-01-preview`, { properties: { reviewResult: 'Deny' } }],
  ['POST', '/api/v1/requests', { action: 'selfActivate', role: 'Contributor', scope: RG, duration: 'PT1H', justification: 'x' }],
  ['POST', '/api/v1/requests/preview', { action: 'adminAssign', role: 'member', scope: OPERATORS, principal: 'sam', level: 'Eligibility', duration: 'P1D' }],
  ['POST', '/api/v1/requests/{id}/decision', { result: 'Approve', justification: 'x' }],
]
// biome-ignore format: a list of values
const BODY_VALUES: readonly unknown[] = [
  null, true, -1, 1.5, '', 'x', 'adminAssign', 'AdminRemove', 'selfExtend', 'adminRenew', 'adminExtend', 'NoExpiration', 'AfterDateTime', 'PT1H', 'P9999Y', 'P1000Y', 'PT0S',
  '9999-12-31T23:59:59Z', '0000-01-01', '1969-12-31T23:59:59Z', '/', RG, AU, idOf('sam'), idOf('engineer'), CONTRIBUTOR, ROLE, OPERATORS, NOBODY, 'owner', 'group', 'Eligibility',
  'x'.repeat(9_000), [], {}, ['x'], [null], '\u202e\u{1f4a9}', 'Approval_EndUser_Assignment', '#microsoft.graph.unifiedRoleManagementPolicyApprovalRule', { type: 'AfterDateTime', endDateTime: '9999-12-31' },
]

/** Makes requests; `more` are ids that exist. */
export function hostile(seed: number, more: readonly string[]) {
  const { pick, maybe, next } = chance(seed)
  const ids = [...IDS, ...more]
  const comparison = () => (maybe(0.2) ? pick(FUNCTIONS) : `${pick(PROPERTIES)} ${pick(['eq', 'ne', 'gt', 'le'])} ${pick(VALUES)}`)
  const filter = () => (maybe(0.5) ? comparison() : `${comparison()} ${pick(['and', 'or', 'and not'])} (${comparison()})`)
  const cursor = () => {
    const parts = pick<unknown>([
      [pick([0, -1, 1e15, 8.65e15, -6.3e13]), pick(ids)],
      ['x', pick(ids)],
      ['\0'],
      ['directory', '\0'],
      [1],
      {},
      'x',
    ])
    return Buffer.from(JSON.stringify(parts)).toString('base64url')
  }
  const SLOTS: Readonly<Record<string, () => string>> = {
    id: () => pick(ids),
    f: filter,
    t: cursor,
    n: () => pick(['1', '2', '50', '999999999']),
  }
  const filled = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => (maybe(0.12) ? pick(ODD) : (SLOTS[name]?.() ?? '')))
  const bent = (path: string) => (maybe(0.06) ? path.replace('/', () => `/${pick(ODD)}/`) : path)
  const read = () =>
    bent(
      filled(
        pick([
          () => `/${pick(['v1.0', 'beta'])}/${pick(GRAPH)}`,
          () => `${pick(SCOPES)}/providers/Microsoft.Authorization/${pick(ARM)}`,
          () => `/api/v1${pick(NATIVE)}`,
        ])(),
      ),
    )
  const mangled = (value: unknown, p: number): unknown => {
    if (maybe(p)) return pick(BODY_VALUES)
    if (Array.isArray(value)) return value.map((one) => mangled(one, p))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [maybe(0.01) ? '__proto__' : name, mangled(one, p)]))
  }
  const broken = ['{', '[]', 'null', '"x"', '\u0000', '{"a":1,"A":2}', '['.repeat(500)]
  return () => {
    if (maybe(0.65)) return { method: pick(['GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE']), path: read(), body: null }
    const [method, path, body] = pick(WRITES)
    const text = maybe(0.05) ? pick(broken) : JSON.stringify(mangled(body, next() * 0.25))
    return { method: maybe(0.05) ? 'PUT' : method, path: bent(filled(path)), body: text }
  }
}
