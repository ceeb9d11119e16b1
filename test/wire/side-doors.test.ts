// The side doors as clients open them (D7): a role assignment made by `az`, a member added by `$ref`, elevated access, and their kin.
// Each is judged, evented, marked as made outside, and refused in its own dialect when the setting shuts them.

import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import type { Reply } from '../support/doors.ts'
import { openRecorded, P, SUB } from '../support/recorded.ts'

const { w, must, send } = await openRecorded()
const SCOPE = `${SUB}/resourceGroups/rg-edge-prod`
const READER = `${SUB}${P}/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`
const REPORTS_READER = '4a5d8f65-41da-4de4-8968-e035b65339cf'
const sam = w.id('sam')
const reference = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })

const groups = await must('admin', 'GET', "/v1.0/groups?$filter=displayName eq 'pag-payments-operators'")
const group: string = groups.body.value[0].id
const roles = await must('admin', 'GET', `/v1.0/directoryRoles(roleTemplateId='${REPORTS_READER}')`)

interface Door {
  readonly method: string
  readonly path: () => string
  readonly body?: object
  readonly ok: number
  readonly refusal: string
}

const DOORS: Readonly<Record<string, Door>> = {
  'az role assignment create': {
    method: 'PUT',
    path: () => `${SCOPE}${P}/roleAssignments/${randomUUID()}?api-version=2022-04-01`,
    body: { properties: { roleDefinitionId: READER, principalId: sam, principalType: 'User' } },
    ok: 201,
    refusal: 'RequestDisallowedByPolicy',
  },
  'a member by $ref': {
    method: 'POST',
    path: () => `/v1.0/groups/${group}/members/$ref`,
    body: reference(sam),
    ok: 204,
    refusal: 'Authorization_RequestDenied',
  },
  'an owner by $ref': {
    method: 'POST',
    path: () => `/v1.0/groups/${group}/owners/$ref`,
    body: reference(sam),
    ok: 204,
    refusal: 'Authorization_RequestDenied',
  },
  'a role assignment over Graph': {
    method: 'POST',
    path: () => '/v1.0/roleManagement/directory/roleAssignments',
    body: { principalId: sam, roleDefinitionId: REPORTS_READER, directoryScopeId: '/' },
    ok: 201,
    refusal: 'Authorization_RequestDenied',
  },
  'a role member by $ref': {
    method: 'POST',
    path: () => `/v1.0/directoryRoles/${roles.body.id}/members/$ref`,
    body: reference(w.id('lead')),
    ok: 204,
    refusal: 'Authorization_RequestDenied',
  },
  elevateAccess: {
    method: 'POST',
    path: () => `${P}/elevateAccess?api-version=2016-07-01`,
    ok: 200,
    refusal: 'RequestDisallowedByPolicy',
  },
}

const open = (door: Door, who: string): Promise<Reply> => send(who, door.method, door.path(), door.body)
const outside = async () =>
  (await w.db.query<{ n: number }>("select count(*)::int as n from schedules where source = 'Outside'"))[0]?.n ?? 0
const events = (action: string, kind: string) =>
  w.db.query<{ data: { source?: string; code?: string } }>('select data from events where action = $1 and kind = $2 order by position', [
    action,
    kind,
  ])
const requests = async () => (await w.db.query<{ n: number }>('select count(*)::int as n from requests'))[0]?.n

afterAll(() => send('admin', 'PATCH', '/api/v1/settings', { sideDoors: 'open' }))

describe.each(Object.entries(DOORS))('%s', (name, door) => {
  const action = name === 'elevateAccess' ? 'elevateAccess' : 'assignOutside'

  it('is shut when the setting says so: refused in its dialect, nothing written but the refusal', async () => {
    await must('admin', 'PATCH', '/api/v1/settings', { sideDoors: 'closed' })
    // A group comes under management by its first assignment.
    await w.db.query("update scopes set managed_at = now() where plane = 'group' and id = $1", [group])
    const before = [await outside(), (await events(action, 'refusal')).length]
    const answer = await open(door, 'admin')
    expect(answer.status, JSON.stringify(answer.body)).toBe(403)
    expect(answer.body.error.code).toBe(door.refusal)
    expect([await outside(), (await events(action, 'refusal')).length]).toEqual([before[0], (before[1] ?? 0) + 1])
    expect((await events(action, 'refusal')).at(-1)?.data.code).toBe('SideDoorClosed')
    await must('admin', 'PATCH', '/api/v1/settings', { sideDoors: 'open' })
  })

  it('is judged: whoever could not assign is refused, and nothing is written but the refusal', async () => {
    const before = await outside()
    const answer = await open(door, 'engineer')
    expect(answer.status, JSON.stringify(answer.body)).toBe(403)
    expect(await outside()).toBe(before)
  })

  it('makes what it says, with one event, marked as made outside, and no request', async () => {
    const before = { outside: await outside(), events: (await events(action, 'transition')).length, requests: await requests() }
    const answer = await open(door, 'admin')
    expect(answer.status, JSON.stringify(answer.body)).toBe(door.ok)
    expect(await outside()).toBe(before.outside + 1)
    const told = await events(action, 'transition')
    expect(told).toHaveLength(before.events + 1)
    expect(told.at(-1)?.data.source).toBe('Outside')
    expect(await requests()).toBe(before.requests)
  })
})

it('what was made outside is an ordinary instance on the wire, and marked on the native API', async () => {
  const page = await must(
    'admin',
    'GET',
    `${SCOPE}${P}/roleAssignmentScheduleInstances?api-version=2020-10-01&$filter=principalId eq '${sam}'`,
  )
  expect(page.body.value).toMatchObject([{ properties: { assignmentType: 'Assigned', memberType: 'Direct' } }])
  const native = await must('admin', 'GET', '/api/v1/assignments?principal=sam@contoso.com')
  const sources = native.body.items.map((one: { source: string; plane: string }) => `${one.plane} ${one.source}`)
  expect(sources).toEqual(expect.arrayContaining(['resource Outside', 'directory Outside', 'group Outside']))
  const elevated = await must('admin', 'GET', '/api/v1/assignments?principal=admin@contoso.com&plane=resource&scope=/')
  const [root] = elevated.body.items.filter((one: { scope: { id: string } }) => one.scope.id === '/')
  expect(root).toMatchObject({ source: 'Outside', role: { name: 'User Access Administrator' } })
  expect(root.until).not.toBeNull()
})
