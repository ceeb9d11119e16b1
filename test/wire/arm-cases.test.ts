// Every published ARM case of schedule requests, schedules, instances and policies: documented status, documented shape. Reads the
// shared contracts beside this project; where they are missing it says so and is skipped.

import { afterAll, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { addPrincipals, addRoles, addScopes } from '../../src/store/directory-rows.ts'
import { casesThat, type Exception, PRESENT, read, Tally } from '../support/arm-cases.ts'
import { ORIGIN, openDoors } from '../support/doors.ts'
import { idOf, makeWorld, OWNER, resourceRole } from '../support/world.ts'

const FAMILIES = /^(EligibleChildResources|Role(Assignment|Eligibility)Schedule\w*|RoleManagementPolic\w+)_/
const VERSIONS = /@(2020-10-01|2020-10-01-preview|2022-04-01-preview)#/

const cases = casesThat((row) => FAMILIES.test(row.id) && VERSIONS.test(row.id))

/** Where an example's shape is not followed, and why. */
const EXCEPTIONS: readonly Exception[] = [
  {
    row: /^RoleEligibilityScheduleRequests_/,
    difference: /RoleEligibilityRequests.* became .*RoleEligibilityScheduleRequests/,
    why: 'api.md 12.1, 17.12: some examples spell this one type `RoleEligibilityRequests`, others as it is spelt everywhere else',
  },
  {
    row: /^RoleAssignmentScheduleRequests_/,
    difference: /linkedRoleEligibilityScheduleId: not in the example/,
    why: 'api.md 12.1, 17.14: the contract defines the property and its body sends it; the example answers left it out',
  },
  {
    row: /_Validate@2022-04-01-preview/,
    difference: /(\.id|\.scope): `\/providers\/Microsoft\.Subscription/,
    why: 'api.md 17.14: the example is asked without the alias of the subscription and answers with it',
  },
  {
    row: /^RoleAssignmentScheduleInstances_ListForScope@2020-10-01-preview/,
    difference: /originRoleAssignmentId: .* became /,
    why: 'api.md 17.14: list and single answer print this id in two forms; ours is that of the single one',
  },
]

const SUB = '/subscriptions/dfa2a084-766f-4003-8ae1-c4aeb893a99f'
const POLICY_SUB = '/subscriptions/129ff972-28f8-46b8-a726-e497be039368'
const USER = 'a3bb8764-cb92-4276-9d2a-ca1e895e55ea'
const ROLE = 'c8d4ff99-41c3-41a8-9f60-21dfdad59608'
const OTHER_ROLES = ['a1705bd2-3a8f-45a5-8683-466fcfd5cc24', '570c3619-7688-4b34-b290-2b8bb3ccab2a']
const GROUPS = ['2385b0f3-5fa9-43cf-8ca4-b01dc97298cd', '2f4913c9-d15b-406a-9946-1d66a28f2690']
const ELIGIBILITY = 'b1477448-2cc6-4ceb-93b4-54a202a89413'
const ACTIVATION = 'c9e264ff-3133-4776-a81a-ebc7c33c8ec6'

const url = (type: string, name: string) => `${SUB}/providers/Microsoft.Authorization/${type}/${name}?api-version=2020-10-01`

describe.skipIf(!PRESENT)('the published ARM cases', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const asUser = { authorization: `Bearer ${await doors.token('engineer', { oid: USER })}` }
  const tally = new Tally(EXCEPTIONS)
  afterAll(() => tally.told('published ARM cases of requests, schedules and policies', cases.length))

  const scope = (id: string, kind: string, displayName: string, spelling: string, ancestors: string[]) => ({
    plane: 'resource' as const,
    id,
    kind,
    displayName,
    spelling,
    parent: ancestors[0] ?? null,
    ancestors,
  })
  await addScopes(w.db, [
    scope(SUB, 'subscription', 'Pay-As-You-Go', SUB, ['/']),
    ...['RG-1', 'RG-2'].map((rg) =>
      scope(`${SUB}/resourcegroups/${rg.toLowerCase()}`, 'resourcegroup', rg, `${SUB}/resourceGroups/${rg}`, [SUB, '/']),
    ),
    scope(POLICY_SUB, 'subscription', 'Pay-As-You-Go', POLICY_SUB, ['/']),
  ])
  const builtIn = (id: string, name: string) => ({ plane: 'resource' as const, id, name, builtIn: true, privileged: false })
  await addRoles(w.db, [builtIn(ROLE, 'Contributor'), ...OTHER_ROLES.map((id) => builtIn(id, `FHIR Data Converter ${id}`))])
  await addPrincipals(
    w.db,
    [
      { id: USER, kind: 'user', displayName: 'User Account', upn: 'user@my-tenant.com' },
      ...GROUPS.map((id) => ({ id, kind: 'group' as const, displayName: id })),
    ],
    w.now(),
  )

  // The published requests carry no justification.
  const undemanding = { kind: 'Enablement', id: 'Enablement_EndUser_Assignment', caller: 'EndUser', level: 'Assignment', enabledRules: [] }

  async function put(type: string, name: string, file: string, later = false): Promise<void> {
    const body = structuredClone(
      read<{ parameters: { parameters: { properties: { scheduleInfo: { startDateTime: string } } } } }>(file).parameters.parameters,
    )
    if (later) body.properties.scheduleInfo.startDateTime = new Date(w.now() + HOUR).toISOString()
    const self = type.startsWith('roleAssignment')
    const made = await doors.send('admin', 'PUT', url(type, name), body, self ? asUser : {})
    if (made.status !== 201) throw new Error(`the fixture was refused: ${JSON.stringify(made.body)}`)
  }
  const eligible = (name = ELIGIBILITY, later = false) =>
    put('roleEligibilityScheduleRequests', name, '2020-10-01/examples/PutRoleEligibilityScheduleRequest.json', later)
  const active = (name = ACTIVATION, later = false) =>
    put('roleAssignmentScheduleRequests', name, '2020-10-01/examples/PutRoleAssignmentScheduleRequest.json', later)
  const published = !PRESENT
    ? undefined
    : read<{ parameters: { parameters: unknown } }>('2020-10-01/examples/PatchRoleManagementPolicy.json')
  const policyUrl = (role: string) =>
    `${POLICY_SUB}/providers/Microsoft.Authorization/roleManagementPolicies/${role}?api-version=2020-10-01`
  const changedPolicies = async () => {
    for (const role of OTHER_ROLES) {
      const done = await doors.send('admin', 'PATCH', policyUrl(role), published?.parameters.parameters)
      if (done.status !== 200) throw new Error(`the fixture was refused: ${JSON.stringify(done.body)}`)
    }
  }

  /** What must be there before a case is sent: by family and operation. */
  const GIVEN: readonly { readonly on: RegExp; readonly make: (name: string) => Promise<unknown> }[] = [
    { on: /^EligibleChildResources_/, make: () => eligible() },
    { on: /^RoleEligibilityScheduleRequests_Cancel/, make: (name) => eligible(name, true) },
    { on: /^RoleEligibilityScheduleRequests_(Create|Validate)/, make: async () => {} },
    { on: /^RoleEligibility\w+_Get/, make: (name) => eligible(name) },
    { on: /^RoleEligibility\w+_List/, make: () => eligible() },
    { on: /^RoleAssignmentScheduleRequests_Cancel/, make: (name) => eligible().then(() => active(name, true)) },
    { on: /^RoleAssignmentScheduleRequests_(Create|Validate)/, make: () => eligible() },
    { on: /^RoleAssignment\w+_Get/, make: (name) => eligible().then(() => active(name)) },
    { on: /^RoleAssignment\w+_List/, make: () => eligible().then(() => active()) },
    { on: /^RoleManagementPolic/, make: changedPolicies },
  ]

  it.each(cases.map((row) => [row.id, row] as const))('%s', async (id, row) => {
    await w.db.query('truncate requests, approvals, schedules, policies cascade')
    await w.seed(idOf('admin'), 'Assignment', resourceRole('/', OWNER))
    await w.policy(resourceRole(SUB, ROLE), [undemanding])
    const name = /\/([0-9a-f-]{36})(?:\/\w+)?\?/i.exec(row.url)?.[1] ?? ''
    const given = GIVEN.find((one) => one.on.test(id))
    expect(given, 'what is given').toBeDefined()
    await given?.make(name)
    const self = /RoleAssignmentScheduleRequests_(Create|Validate)|EligibleChildResources/.test(id)
    const answer = await doors.send('admin', row.method, row.url, row.body, self ? asUser : {})
    expect(Object.keys(row.expect), JSON.stringify(answer.body)).toContain(String(answer.status))
    const example = tally.example(row, answer.status)
    if (example !== undefined) expect(tally.unexplained(row, example, answer.body)).toEqual([])
    expect(answer.headers.get('x-ms-request-id')).toBeTruthy()
    expect(JSON.stringify(answer.body ?? '')).not.toContain(`${ORIGIN}undefined`)
    tally.passed += 1
  })
})
