// The other published ARM cases, but those of alerts and access reviews: role assignments, definitions and approvals, what authorization
// shows beside them, and the resource tree. Documented status, documented shape.

import { afterAll, describe, expect, it } from 'vitest'
import { addPrincipals, addRoles, addScopes } from '../../src/store/directory-rows.ts'
import { casesThat, type Exception, PRESENT, Tally } from '../support/arm-cases.ts'
import { guid, openDoors, type Reply } from '../support/doors.ts'
import { approvalBy, idOf, makeWorld, OWNER, resourceRole } from '../support/world.ts'

const OTHER = /^(EligibleChildResources|Role(Assignment|Eligibility)Schedule\w*|RoleManagementPolic\w+)_/
const LATER = /^(Alert|AccessReview|ScopeAccessReview|TenantLevelAccessReview)/
const cases = casesThat((row) => !OTHER.test(row.id) && !LATER.test(row.id))

const NAMED = 'the example leaves properties out that the reference table names'
const EXCEPTIONS: readonly Exception[] = [
  { row: /./, difference: /[$.]@?nextLink: missing/, why: 'api.md 11: no link on the last page' },
  { row: /^RoleAssignments_/, difference: /properties\.\w+: not in the example/, why: `api.md 15.1: ${NAMED}` },
  { row: /^RoleDefinitions_/, difference: /(created|updated)(On|By): not in the example/, why: `api.md 15.1: ${NAMED}` },
  { row: /^Permissions_ListForResource@/, difference: /ataActions: not in the example/, why: `api.md 15.1: ${NAMED}` },
  {
    row: /^RoleAssignments_/,
    difference: /roleDefinitionId: .* became .*\/subscriptions\//,
    why: 'api.md 12.1: role ids carry the subscription at or below one',
  },
  { row: /^DenyAssignments_List/, difference: /^\$\.value: empty$/, why: 'api.md 15.1: an empty list is fine' },
  { row: /^ResourceGroups_CreateOrUpdate/, difference: /(type|tags): not in the example/, why: `api.md 15.2: ${NAMED}` },
  { row: /^Subscriptions_(Get|List)@/, difference: /managedByTenants: empty/, why: 'api.md 15.2: `managedByTenants` is empty' },
  {
    row: /^ManagementGroups_Get/,
    difference: /details\.(version|updatedTime|updatedBy): missing/,
    why: 'api.md 15.2: of `details` only the parent',
  },
  {
    row: /^Subscriptions_ListLocations/,
    difference: /(geography|geographyGroup|longitude|latitude|physicalLocation|pairedRegion|availabilityZoneMappings): missing/,
    why: 'api.md 15.2: the tree is minimal, and of locations it knows the names alone',
  },
  {
    row: /RoleAssignmentApproval_/,
    difference: /\.type: .*roleAssignmentApprovals\/stages` became/,
    why: 'api.md 17.14: the example gives an approval the type of its stage',
  },
]

const S = 'a925f2f7-5c63-4b7b-8799-25a5f97bc3b2'
const SUB = `/subscriptions/${S}`
const APPROVING = '/subscriptions/69356bc4-b3be-441a-b12f-503b745e0dea'
const ROLE = '0b5fe924-9a61-425c-96af-cfe6e287ca2d'
const ELEVATED = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'
const CUSTOM = guid()
const USER = 'ce2ce14e-85d7-4629-bdbc-454d0519d987'
const OPERATIONS = '/providers/Microsoft.Authorization/providerOperations'
const ASSIGNED = 'b0f43c54-e787-4862-89b1-a653fa9cf747'
const groupId = (n: number) => `/providers/microsoft.management/managementgroups/20000000-000${n}-0000-0000-000000000000`

/** The published rows have words where ids belong; ours are put in their places, in the address and in the example alike. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\/subscriptions\/)subid(?=[/"?]|$)/gi, S],
  [/\/(rpnamespace|resourceProviderNamespace)\/parentResourcePath\/resourceType\/resourceName/g, '/provider.ns/parents/p/children/c'],
  [/^\/scope\/(?=providers\/)/, `${SUB}/`],
  [/^\/roleDefinitionId(?=\?)/, `${SUB}/providers/Microsoft.Authorization/roleDefinitions/${CUSTOM}`],
  [/(?<=\/|")roleDefinitionId(?=[?"](?!:))/g, CUSTOM],
  [/(?<=\/)(denyAssignmentId|daId)(?=[?"])/g, CUSTOM],
  [/(?<=providerOperations\/)resourceProviderNamespace/, 'Microsoft.Authorization'],
  [
    /"id":"id","name":"name","type":"type"/,
    `"id":"${OPERATIONS}/Microsoft.Authorization","name":"Microsoft.Authorization","type":"${OPERATIONS.slice(11)}"`,
  ],
  [
    /(?<=managementGroups\/|"name":"|"parentNameChain":\[[^\]]*")(RootGroup|TenantRootGroup|Group1Tenant2Parent|Group4 Tenant2Parent|Child|AnotherChild|Leaf)(?=")/g,
    S,
  ],
  [/(?<="displayName":")[0-9a-f-]{36}(?=")/g, 'a name'],
]
const mended = (text: string): string => WORDS.reduce((so, [word, ours]) => so.replace(word, ours), text)

describe.skipIf(!PRESENT)('the other published ARM cases', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const tally = new Tally(EXCEPTIONS)
  afterAll(() => tally.told('published ARM cases of role assignments, definitions, approvals and the tree', cases.length))

  const place = (id: string, kind: string, ancestors: string[], attributes: Record<string, unknown> = {}) => ({
    plane: 'resource' as const,
    id: id.toLowerCase(),
    kind,
    displayName: `Some ${kind}`,
    spelling: id.replace('microsoft.management/managementgroups', 'Microsoft.Management/managementGroups'),
    parent: ancestors[0] ?? null,
    ancestors,
    attributes,
  })
  const tags = { tags: { tagKey1: 'tagValue1', tagKey2: 'tagValue2' } }
  const [top, second, third, fourth] = [groupId(0), groupId(1), groupId(2), groupId(3)] as [string, string, string, string]
  const located = '/subscriptions/a1ffc958-d2c7-493e-9f1e-125a0477f536'
  await addScopes(w.db, [
    place(SUB, 'subscription', ['/'], tags),
    ...['rgname', 'testrg'].map((rg) => place(`${SUB}/resourceGroups/${rg}`, 'resourcegroup', [SUB, '/'])),
    place(`${SUB}/resourceGroups/rgname/providers/provider.ns/parents/p/children/c`, 'resource', [
      `${SUB}/resourcegroups/rgname`,
      SUB,
      '/',
    ]),
    place(`${SUB}/resourceGroups/testrg/providers/Microsoft.DocumentDb/databaseAccounts/test-db-account`, 'resource', [
      `${SUB}/resourcegroups/testrg`,
      SUB,
      '/',
    ]),
    place(APPROVING, 'subscription', ['/'], tags),
    place('/subscriptions/291bba3f-e0a5-47bc-a099-3bdcb2a50a05', 'subscription', ['/'], tags),
    place(located, 'subscription', ['/'], tags),
    place(`${located}/resourceGroups/rg`, 'resourcegroup', [located, '/'], { location: 'eastus' }),
    place(top, 'managementgroup', ['/']),
    place(second, 'managementgroup', [top, '/']),
    place(third, 'managementgroup', [second, top, '/']),
    place(fourth, 'managementgroup', [third, second, top, '/']),
    place('/subscriptions/728bcbe4-8d56-4510-86c2-4921b8beefbc', 'subscription', [fourth, third, second, top, '/'], tags),
  ])
  await w.db.query(`update scopes set attributes = $1 where kind = 'subscription'`, [tags])
  await addRoles(
    w.db,
    [ROLE, ELEVATED].map((id) => ({ plane: 'resource', id, name: id, builtIn: true, privileged: false })),
  )
  await addPrincipals(w.db, [{ id: USER, kind: 'user', displayName: 'User Account', upn: 'user@my-tenant.com' }], w.now())

  const must = (answer: Reply) => {
    if (answer.status >= 300) throw new Error(`the fixture was refused: ${JSON.stringify(answer.body)}`)
    return answer
  }
  const assigned = async () => {
    const properties = {
      roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`,
      principalId: USER,
      principalType: 'User',
    }
    must(
      await doors.send('admin', 'PUT', `${SUB}/providers/Microsoft.Authorization/roleAssignments/${ASSIGNED}?api-version=2022-04-01`, {
        properties,
      }),
    )
  }
  const defined = async () => {
    const permissions = [{ actions: ['action'], dataActions: ['dataAction'] }]
    const properties = { roleName: 'Role name', description: 'Role description', assignableScopes: [SUB], permissions }
    const url = `${SUB}/providers/Microsoft.Authorization/roleDefinitions/${CUSTOM}?api-version=2022-04-01`
    must(await doors.send('admin', 'PUT', url, { properties }))
  }
  const grouped = async () =>
    must(
      await doors.send(
        'admin',
        'PUT',
        '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/my-resource-group?api-version=2021-04-01',
        { location: 'eastus' },
      ),
    )
  /** Someone asks, and admin is to decide; answers the approval's id. */
  const asked = async (): Promise<string> => {
    const p = resourceRole(APPROVING, ROLE)
    await w.policy(p, [approvalBy('admin')])
    await w.seed(idOf('engineer'), 'Eligibility', p)
    const done = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', p, idOf('engineer')))
    if (!done.ok) throw new Error(done.fault.words)
    return done.value.request.approvalId ?? ''
  }

  const GIVEN: readonly (readonly [RegExp, () => Promise<unknown>])[] = [
    [/^RoleAssignments_(Get|Delete)/, assigned],
    // As many as no example has: each example is then held against the one that is most like it.
    [
      /^RoleAssignments_List/,
      () =>
        assigned().then(() =>
          Promise.all((['sam', 'lead'] as const).map((who) => w.seed(idOf(who), 'Assignment', resourceRole(SUB, ROLE)))),
        ),
    ],
    [/^RoleDefinitions_(Get|Delete|List)/, defined],
    [/^ResourceGroups_Delete/, grouped],
    [/RoleAssignmentApproval/, asked],
  ]

  it.each(cases.map((row) => [row.id, row] as const))('%s', async (id, row) => {
    await w.db.query('truncate requests, approvals, schedules, policies cascade')
    await w.db.query('delete from roles where id = $1', [CUSTOM])
    await w.db.query(`delete from scopes where id like '%my-resource-group'`)
    await w.seed(idOf('admin'), 'Assignment', resourceRole('/', OWNER))
    await w.seed(idOf('admin'), 'Assignment', { plane: 'directory', scope: '/', role: '62e90394-69f5-4237-9190-012177145e10' })
    const given = await GIVEN.find(([on]) => on.test(id))?.[1]()
    const approval = (text: string) =>
      typeof given === 'string' ? text.replace(/488a6d0e-0a63-4946-86e3-1f5bbc934661|4135f961-be78-4005-8101-c72a5af307a2/g, given) : text
    const body = row.body === undefined ? undefined : JSON.parse(mended(JSON.stringify(row.body)))
    const answer = await doors.send('admin', row.method, approval(mended(row.url)), body)
    if (/^DenyAssignments_Get/.test(id)) {
      // None exist (api.md 15.1: "empty list is fine"), so there is none to be had by its id either.
      expect([answer.status, answer.body.error.code]).toEqual([404, 'ResourceNotFound'])
      tally.used.set(
        'api.md 15.1: there are no deny assignments, so none is found',
        (tally.used.get('api.md 15.1: there are no deny assignments, so none is found') ?? new Set()).add(id),
      )
    } else {
      expect(Object.keys(row.expect), JSON.stringify(answer.body)).toContain(String(answer.status))
      const example = tally.example(row, answer.status, mended)
      if (example !== undefined) expect(tally.unexplained(row, example, answer.body)).toEqual([])
      if (!row.expect[String(answer.status)]?.hasBody) expect(answer.body).toBeNull()
    }
    expect(answer.headers.get('x-ms-request-id')).toBeTruthy()
    tally.passed += 1
  })
})
