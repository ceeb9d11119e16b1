// The published ARM bodies, byte for byte, with the effect that is described beside them. Reads the shared acceptance folder beside
// this project; where it is missing it says so and is skipped.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { makeContoso } from '../support/contoso.ts'
import { guid, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, type World } from '../support/world.ts'

const REQUESTS = resolve(import.meta.dirname, '../../../shared/acceptance/requests')
const present = existsSync(REQUESTS)
if (!present) console.warn(`SKIPPED: the published bodies are not here; put the shared folder beside the project (${REQUESTS})`)

const SUB = '/subscriptions/00000000-0000-0000-0000-000000000000'
const RG = `${SUB}/resourceGroups/rg-payments-prod`
const P = '/providers/Microsoft.Authorization'
const body = (file: string, fill: Readonly<Record<string, string>> = {}) =>
  Object.entries(fill).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), readFileSync(`${REQUESTS}/${file}`, 'utf8'))

describe.skipIf(!present)('a published body is accepted as written', async () => {
  const w = await makeContoso()
  const doors = await openDoors(w as unknown as World)
  const as = async (name: string) => ({ authorization: `Bearer ${await doors.token('admin', { oid: w.id(name) })}` })
  const owner = await as('admin')
  const send = async (who: string, method: string, path: string, sent?: string) => doors.send('admin', method, path, sent, await as(who))
  const put = (sent: string) =>
    doors.send('admin', 'PUT', `${RG}${P}/roleEligibilityScheduleRequests/${guid()}?api-version=2022-04-01-preview`, sent, owner)
  const mine = (who: string, type: string) =>
    send(who, 'GET', `${P}/${type}?api-version=2020-10-01&$filter=asTarget()`).then((answer) => answer.body.value)

  const engineer = w.id('engineer')

  it('arm-eligible-resource-group: Contributor, eligible on the one resource group for 180 days from now', async () => {
    const made = await put(body('arm-eligible-resource-group.json'))
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const role = `${RG}${P}/roleDefinitions/${CONTRIBUTOR}`
    expect(made.body.properties).toMatchObject({
      status: 'Provisioned',
      principalId: engineer,
      scope: RG,
      roleDefinitionId: role,
      justification: 'JIT eligibility for payments platform team',
    })
    expect(await mine('engineer', 'roleEligibilityScheduleInstances')).toMatchObject([
      {
        properties: {
          scope: RG,
          roleDefinitionId: role,
          memberType: 'Direct',
          startDateTime: new Date(w.now()).toISOString(),
          endDateTime: new Date(w.now() + 180 * DAY).toISOString(),
          expandedProperties: { roleDefinition: { displayName: 'Contributor' }, scope: { displayName: 'rg-payments-prod' } },
        },
      },
    ])
  })

  it('arm-eligible-on-call: 14 days for whoever is on call, with no start at all', async () => {
    const made = await put(body('arm-eligible-on-call.json', { 'oncall-object-id': w.id('sam') }))
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(await mine('sam', 'roleEligibilitySchedules')).toMatchObject([
      { properties: { scope: RG, endDateTime: new Date(w.now() + 14 * DAY).toISOString() } },
    ])
  })

  it('schedules are listed at the scope with api-version 2020-10-01', async () => {
    const listed = await send('admin', 'GET', `${RG}${P}/roleEligibilitySchedules?api-version=2020-10-01&$filter=atScope()`)
    expect(listed.body.value.map((item: { properties: { principalId: string } }) => item.properties.principalId).sort()).toEqual(
      [engineer, w.id('sam')].sort(),
    )
  })

  it('the eligible have no role assignment at the scope until they activate', async () => {
    const assigned = () =>
      send('admin', 'GET', `${RG}${P}/roleAssignments?api-version=2022-04-01&$filter=atScope() and assignedTo('${engineer}')`)
    expect((await assigned()).body).toEqual({ value: [] })
    const name = guid()
    const activation = JSON.stringify({
      properties: {
        principalId: engineer,
        roleDefinitionId: `${RG}${P}/roleDefinitions/${CONTRIBUTOR}`,
        requestType: 'SelfActivate',
        justification: 'Queue drain',
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT2H' } },
      },
    })
    const url = `${RG}${P}/roleAssignmentScheduleRequests/${name}?api-version=2020-10-01`
    const asked = await send('engineer', 'PUT', url, activation)
    expect(asked.body.properties).toMatchObject({ status: 'PendingApproval' })
    const { approvalId } = asked.body.properties
    const stages = await send('lead', 'GET', `${approvalId}/stages?api-version=2021-01-01-preview`)
    const stage = `${approvalId}/stages/${stages.body.value[0].name}?api-version=2021-01-01-preview`
    const decided = await send('lead', 'PATCH', stage, JSON.stringify({ properties: { reviewResult: 'Approve', justification: 'ok' } }))
    expect(decided.status).toBe(200)
    expect((await assigned()).body.value).toMatchObject([{ properties: { principalId: engineer, scope: RG } }])
    w.pass(121 * MINUTE)
    expect((await assigned()).body).toEqual({ value: [] })
  })

  it('role assignments at the scope are listed with the inherited ones', async () => {
    const listed = await send('admin', 'GET', `${RG}${P}/roleAssignments?api-version=2022-04-01&$filter=atScope()`)
    const scopes = new Set(listed.body.value.map((item: { properties: { scope: string } }) => item.properties.scope))
    expect(scopes).toContain(SUB)
  })

  it('a permanent eligibility is refused where the settings want an end, naming the rule', async () => {
    const forever = JSON.stringify({
      properties: {
        principalId: w.id('sam'),
        roleDefinitionId: `${SUB}${P}/roleDefinitions/${CONTRIBUTOR}`,
        requestType: 'AdminAssign',
        scheduleInfo: { expiration: { type: 'NoExpiration' } },
      },
    })
    const url = `${SUB}${P}/roleEligibilityScheduleRequests/${guid()}?api-version=2020-10-01`
    expect((await send('admin', 'PUT', url, forever)).body.error.message).toBe('The following policy rules failed: ["ExpirationRule"]')
  })
})
