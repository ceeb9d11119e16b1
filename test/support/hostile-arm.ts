// Requests at the ARM door of a fixed seed: right paths of every type, bent where paths can be bent (doubled and encoded slashes, relative
// steps, case, encodings, foreign segments in front of and behind the scope), with filters and bodies that are nearly right.

import { chance } from './hostile.ts'
import { CONTRIBUTOR, idOf, OPERATORS, OWNER, RG, SUBSCRIPTION } from './world.ts'

export const LEDGER = `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`
export const VAULT = `${RG}/providers/microsoft.keyvault/vaults/hidden-vault`
const MG = '/providers/Microsoft.Management/managementGroups/contoso-root'
const P = 'providers/Microsoft.Authorization'
const GUIDS = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002', 'aaaaaaaa-0000-4000-8000-000000000003']

// biome-ignore format: a list of scopes
const SCOPES = ['', '/', SUBSCRIPTION, RG, LEDGER, LEDGER, LEDGER, VAULT, MG, `${LEDGER}/providers/a.b/c/d`, `/providers/Microsoft.Subscription${LEDGER}`, `${SUBSCRIPTION}/resourceGroups/fuzz-new`]
// biome-ignore format: a list of types
const TYPES = [
  'roleAssignments', 'roleAssignments/{g}', 'roleDefinitions', 'roleDefinitions/{g}', `roleDefinitions/${OWNER}`, 'permissions', 'denyAssignments', 'denyAssignments/{g}',
  'classicAdministrators', 'providerOperations', 'providerOperations/Microsoft.Authorization', 'operations', 'elevateAccess', 'eligibleChildResources',
  'roleAssignmentScheduleRequests/{g}', 'roleAssignmentScheduleRequests/{g}/cancel', 'roleAssignmentScheduleRequests/{g}/validate', 'roleEligibilityScheduleRequests/{g}',
  'roleEligibilityScheduleRequests', 'roleAssignmentSchedules', 'roleAssignmentScheduleInstances/{g}', 'roleEligibilityScheduleInstances', `roleManagementPolicies/${CONTRIBUTOR}`,
  'roleManagementPolicies', 'roleManagementPolicyAssignments', 'roleAssignmentApprovals', 'roleAssignmentApprovals/{g}/stages/{g}', 'nothing', '',
]
// biome-ignore format: a list of paths
const TREE = [
  '/tenants', '/subscriptions', SUBSCRIPTION, `${SUBSCRIPTION}/resourcegroups`, `${SUBSCRIPTION}/resourceGroups/fuzz-new`, RG, LEDGER, `${LEDGER}/resources`, `${SUBSCRIPTION}/resources`,
  `${SUBSCRIPTION}/locations`, `${SUBSCRIPTION}/providers`, `${SUBSCRIPTION}/providers/Microsoft.Management/register`, '/providers', '/providers/Microsoft.Management/managementGroups', MG,
  `${MG}/descendants`, '/providers/Microsoft.Management/getEntities', VAULT, `${SUBSCRIPTION}/operationresults/${GUIDS[0]}`, '/metadata', '/',
]
// biome-ignore format: a list of versions
const VERSIONS = ['2020-10-01', '2022-04-01', '2022-04-01', '2022-09-01', '2021-04-01', '2020-05-01', '2015-07-01', '2021-01-01-preview', '2022-05-01-preview', '1', '', 'x'.repeat(300)]
// biome-ignore format: a list of methods
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'PUT', 'PUT', 'PUT', 'PUT', 'DELETE', 'PATCH', 'POST', 'POST', 'HEAD', 'OPTIONS']
// biome-ignore format: a list of segments
const BENDS = [
  '//', '%2f', '%2F', '/../', '/..%2f', '/%2e%2e/', '/./', '/%2e/', '%5c', '\\', ';x=y/', '/%00/', '%20/', '/ /', '/%C3%28/', '%252f', '/\u{1f4a9}/', '/..;/', '?', '#', '/*/', '/%E2%80%AE/',
  RG, LEDGER, `/${P}/roleAssignments`, '/resourceGroups/rg-payments-prod', '/providers',
]
// biome-ignore format: a list of filters
const TERMS = [
  'atScope()', 'asTarget()', 'atScopeAndBelow()', "assignedTo('x')", `assignedTo('{${idOf('sam')}}')`, `principalId eq '${idOf('sam')}'`, "roleName eq 'Owner'", "type eq 'BuiltInRole'", 'type gt 5',
  "resourceType eq 'Microsoft.KeyVault/vaults'", "substringof('%25',name)", "tagName eq 'a'", "tagValue eq 'b'", "name eq null", "createdOn gt 9999-12-31", "status eq 'x'", "displayName in ('a','b')",
  "denyAssignmentName eq 'x'", "gdprExportPrincipalId eq 'x'", "roleDefinitionId eq '/x/y'", "x eq 'y", '((', 'not', "startswith(name,'\\')", 'location ne null',
]
// biome-ignore format: a list of values
const VALUES: readonly unknown[] = [
  null, true, -1, 1e308, '', 'x', '\u0000', '\u202e', '/', RG, LEDGER, SUBSCRIPTION, VAULT, MG, `${LEDGER}/../rg-payments-prod`, `${LEDGER}%2f..%2f`, idOf('sam'), idOf('engineer'), OPERATORS, CONTRIBUTOR, OWNER,
  `/${P}/roleDefinitions/${OWNER}`, `${RG}/${P}/roleDefinitions/${CONTRIBUTOR}`, [], {}, [null], ['*'], [RG], [LEDGER], [LEDGER, RG], ['/'], [{ actions: ['*'] }], [{ actions: ['*'.repeat(600)] }, {}], 'x'.repeat(9_000),
  'AdminAssign', 'AdminRemove', 'SelfActivate', { a: 'b' }, { a: 1 }, 'westeurope',
]

const schedule = { startDateTime: null, expiration: { type: 'AfterDuration', duration: 'PT1H', endDateTime: null } }
// biome-ignore format: a list of bodies
const BODIES: readonly Readonly<Record<string, unknown>>[] = [
  { roleDefinitionId: `${LEDGER}/${P}/roleDefinitions/${CONTRIBUTOR}`, principalId: idOf('sam'), principalType: 'User', condition: null },
  { roleName: 'Fuzz', description: '', assignableScopes: [LEDGER], permissions: [{ actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] }] },
  { location: 'westeurope', tags: { a: 'b' } },
  { requestType: 'AdminAssign', principalId: idOf('sam'), roleDefinitionId: CONTRIBUTOR, scheduleInfo: schedule, justification: 'x' },
  { reviewResult: 'Approve', justification: 'x' },
  { rules: [{ ruleType: 'RoleManagementPolicyExpirationRule', id: 'Expiration_EndUser_Assignment', maximumDuration: 'PT4H' }] },
]

/** The version and the body that go with a path, so that most requests get past the doorstep. */
// biome-ignore format: one line per kind of path, columns aligned
const KINDS: readonly { readonly on: RegExp; readonly version: string; readonly body: number }[] = [
  { on: /roleManagementPolic/i,                                version: '2020-10-01',         body: 5 },
  { on: /roleAssignmentApprovals/i,                            version: '2021-01-01-preview', body: 4 },
  { on: /Schedule|eligibleChild/i,                             version: '2020-10-01',         body: 3 },
  { on: /roleDefinitions/i,                                    version: '2022-04-01',         body: 1 },
  { on: /roleAssignments|permissions|deny|providerOperations/i, version: '2022-04-01',        body: 0 },
  { on: /elevateAccess|classic/i,                              version: '2015-07-01',         body: 2 },
  { on: /Microsoft.Management/i,                               version: '2020-05-01',         body: 2 },
  { on: /./,                                                   version: '2022-09-01',         body: 2 },
]

export interface Hostile {
  readonly method: string
  /** As it goes into the request line. */
  readonly path: string
  readonly body: string | null
}

/** Makes requests, the same ones for the same seed. */
export function hostileArm(seed: number): () => Hostile {
  const { pick, maybe, next } = chance(seed)
  const cased = (text: string) => (maybe(0.2) ? text.toUpperCase() : text)
  const named = (text: string) => text.replaceAll('{g}', () => pick(GUIDS))
  const encoded = (text: string) => text.replace(/[a-z]/g, (c) => (maybe(0.1) ? `%${c.charCodeAt(0).toString(16)}` : c))
  const bent = (path: string): string => {
    let so = path
    while (maybe(0.25)) {
      const at = maybe(0.7) ? so.indexOf('/', Math.floor(next() * so.length)) : Math.floor(next() * so.length)
      so = `${so.slice(0, Math.max(at, 0))}${pick(BENDS)}${so.slice(Math.max(at, 0))}`
    }
    return maybe(0.1) ? encoded(so) : so
  }
  const filter = (): string => {
    const of = () => `${maybe(0.1) ? 'not ' : ''}${pick(TERMS)}`
    return [of(), ...(maybe(0.5) ? [of()] : [])].join(pick([' and ', ' or ', ' ']))
  }
  const token = () => Buffer.from(JSON.stringify(pick<unknown>([['\0'], [1], ['x', 'y'], [0, GUIDS[0]], {}, 'x']))).toString('base64url')
  const body = (right: number): string => {
    const made: Record<string, unknown> = { ...(maybe(0.9) ? BODIES[right] : pick(BODIES)) }
    while (maybe(0.35)) made[pick(Object.keys(made))] = pick(VALUES)
    const whole = maybe(0.5) ? { properties: made } : made
    const text = JSON.stringify(whole)
    return maybe(0.05) ? text.slice(0, Math.floor(next() * text.length)) : text
  }
  return () => {
    const method = pick(METHODS)
    const path = maybe(0.7) ? `${pick(SCOPES)}/${P}/${named(pick(TYPES))}` : pick(TREE)
    const kind = KINDS.find(({ on }) => on.test(path))
    const options = [`api-version=${maybe(0.93) ? (kind?.version ?? '') : pick(VERSIONS)}`]
    if (maybe(0.3)) options.push(`$filter=${maybe(0.5) ? encodeURIComponent(filter()) : filter().replaceAll('#', '')}`)
    if (maybe(0.1)) options.push(`$skiptoken=${token()}`)
    if (maybe(0.1)) options.push(`$top=${pick(['0', '1', '-1', '999999999', 'x'])}`)
    if (maybe(0.1)) options.push('$expand=children', '$recurse=true')
    const whole = `${maybe(0.35) ? bent(cased(path)) : cased(path)}?${options.join('&')}`
    return {
      method,
      path: whole.startsWith('/') ? whole : `/${whole}`,
      body: ['PUT', 'PATCH', 'POST'].includes(method) ? body(kind?.body ?? 0) : null,
    }
  }
}
