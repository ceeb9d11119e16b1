// The published Graph bodies, byte for byte, with the effect that is described beside them; and every answer against the published
// schema. Reads the shared folder beside this project; where it is missing it says so and is skipped.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { makeContoso } from '../support/contoso.ts'
import { openDoors, sevenDigits } from '../support/doors.ts'
import type { World } from '../support/world.ts'

const SHARED = resolve(import.meta.dirname, '../../../shared')
const present = existsSync(SHARED)
if (!present) console.warn(`SKIPPED: the published bodies and schemas are not here; put the shared folder beside the project (${SHARED})`)

const USER_ADMINISTRATOR = 'fe930be7-5e62-47db-91af-98c3a49a38b1'
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
const OPERATORS = '22222222-2222-2222-2222-222222222222'
const DIRECTORY = '/v1.0/roleManagement/directory'
const GROUP = '/v1.0/identityGovernance/privilegedAccess/group'

const body = (file: string, fill: Readonly<Record<string, string>> = {}) =>
  Object.entries(fill).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, value),
    readFileSync(`${SHARED}/acceptance/requests/${file}`, 'utf8'),
  )

type Schema = { $defs?: Record<string, object>; [key: string]: unknown }

/** Enumerations are compared ignoring case: the published schema and the service differ in it (contract reference 21). */
function relaxed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relaxed)
  if (typeof schema !== 'object' || schema === null) return schema
  const { enum: words, ...rest } = schema as { enum?: unknown[] }
  const out = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, relaxed(v)]))
  return words ? { ...out, pattern: `^(?:${words.map(anyCase).join('|')})$` } : out
}
const anyCase = (word: unknown) => String(word).replace(/[a-z]/gi, (c) => `[${c.toLowerCase()}${c.toUpperCase()}]`)

function validator() {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  addFormats.default(ajv)
  const file = JSON.parse(readFileSync(`${SHARED}/contracts/graph/schemas-v1.0.json`, 'utf8')) as Schema
  ajv.addSchema(relaxed({ ...file, $id: 'graph' }) as object)
  return (type: string, value: object): string | null => {
    const plain = Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('@odata.context')))
    // Properties that the type does not have are no better than wrong ones; annotations apart (contract reference 21).
    const check = ajv.compile({
      $ref: `graph#/$defs/microsoft.graph.${type}`,
      patternProperties: { '@': true },
      unevaluatedProperties: false,
    })
    return check(plain) ? null : ajv.errorsText(check.errors)
  }
}

describe.skipIf(!present)('a published body is accepted as written', async () => {
  const w = await makeContoso()
  const doors = await openDoors(w as unknown as World)
  // The body of a skipped suite is still read.
  const valid = present ? validator() : () => null
  const send = async (who: string, method: string, path: string, sent?: string) =>
    doors.send(null, method, path, sent, { authorization: `Bearer ${await doors.token('admin', { oid: w.id(who) })}` })

  it('the schema check can fail', () => {
    expect(valid('unifiedRoleDefinition', { id: 5 })).toContain('id')
    expect(valid('unifiedRoleDefinition', { id: 'x', colour: 'red' })).not.toBeNull()
    expect(valid('unifiedRoleEligibilityScheduleInstance', { id: 'x', startDateTime: 12 })).toContain('startDateTime')
  })

  it('graph-directory-eligible: permanent eligibility for Global Administrator', async () => {
    const sent = body('graph-directory-eligible.json', {
      'user-object-id': w.id('lead'),
      'now, ISO 8601 with 7 fraction digits': sevenDigits(w.now()),
    })
    const made = await send('admin', 'POST', `${DIRECTORY}/roleEligibilityScheduleRequests`, sent)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.body).toMatchObject({ status: 'Provisioned', scheduleInfo: { expiration: { type: 'noExpiration' } } })
    expect(valid('unifiedRoleEligibilityScheduleRequest', made.body)).toBeNull()
    const mine = await send('lead', 'GET', `${DIRECTORY}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')`)
    expect(mine.body.value).toMatchObject([{ roleDefinitionId: GLOBAL_ADMINISTRATOR, endDateTime: null, memberType: 'Direct' }])
    expect(valid('unifiedRoleEligibilityScheduleInstance', mine.body.value[0])).toBeNull()
    const held = await send('lead', 'GET', `${DIRECTORY}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')`)
    expect(held.body.value).toEqual([])
  })

  it('graph-directory-activate: the signed-in user activates for four hours', async () => {
    const sent = body('graph-directory-activate.json', {
      'caller-object-id': w.id('itmanager'),
      'now, ISO 8601 with 7 fraction digits': sevenDigits(w.now()),
    })
    const made = await send('itmanager', 'POST', `${DIRECTORY}/roleAssignmentScheduleRequests`, sent)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.body).toMatchObject({ status: 'Provisioned', roleDefinitionId: USER_ADMINISTRATOR })
    expect(valid('unifiedRoleAssignmentScheduleRequest', made.body)).toBeNull()
    const held = await send('itmanager', 'GET', `${DIRECTORY}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')`)
    expect(held.body.value).toMatchObject([{ assignmentType: 'Activated', endDateTime: new Date(w.now() + 4 * HOUR).toISOString() }])
    expect(valid('unifiedRoleAssignmentScheduleInstance', held.body.value[0])).toBeNull()
    const schedules = await send('itmanager', 'GET', `${DIRECTORY}/roleAssignmentSchedules/filterByCurrentUser(on='principal')`)
    expect(valid('unifiedRoleAssignmentSchedule', schedules.body.value[0])).toBeNull()
  })

  it('graph-group-eligible-member: eligible member for 180 days from now, though its start lies in the past; the group comes under management', async () => {
    const managed = async () =>
      (await w.db.query<{ at: number | null }>(`select managed_at as at from scopes where plane = 'group' and id = $1`, [OPERATORS]))[0]
        ?.at ?? null
    expect(await managed()).toBeNull()
    const made = await send('admin', 'POST', `${GROUP}/eligibilityScheduleRequests`, body('graph-group-eligible-member.json'))
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(valid('privilegedAccessGroupEligibilityScheduleRequest', made.body)).toBeNull()
    expect(await managed()).toBe(w.now())
    const mine = await send('engineer', 'GET', `${GROUP}/eligibilityScheduleInstances/filterByCurrentUser(on='principal')`)
    expect(mine.body.value).toMatchObject([
      {
        groupId: OPERATORS,
        accessId: 'member',
        startDateTime: new Date(w.now()).toISOString(),
        endDateTime: new Date(w.now() + 180 * DAY).toISOString(),
      },
    ])
    expect(valid('privilegedAccessGroupEligibilityScheduleInstance', mine.body.value[0])).toBeNull()
    const schedule = await send('engineer', 'GET', `${GROUP}/eligibilitySchedules/${made.body.targetScheduleId}`)
    expect(valid('privilegedAccessGroupEligibilitySchedule', schedule.body)).toBeNull()
  })

  it('guides also list definitions, people and oneself', async () => {
    const roles = await send('engineer', 'GET', `${DIRECTORY}/roleDefinitions?$filter=displayName eq 'Global Administrator'`)
    expect(roles.body.value).toMatchObject([{ id: GLOBAL_ADMINISTRATOR, templateId: GLOBAL_ADMINISTRATOR, isBuiltIn: true }])
    expect(valid('unifiedRoleDefinition', roles.body.value[0])).toBeNull()
    const people = await send('engineer', 'GET', `/v1.0/users?$filter=userPrincipalName eq 'engineer@contoso.com'`)
    expect(people.body.value).toMatchObject([{ id: w.id('engineer') }])
    expect(valid('user', people.body.value[0])).toBeNull()
    expect((await send('engineer', 'GET', '/v1.0/me')).body).toMatchObject({ id: w.id('engineer') })
    const group = await send('engineer', 'GET', `/v1.0/groups/${OPERATORS}`)
    expect(group.body).toMatchObject({ isAssignableToRole: true })
    expect(valid('group', group.body)).toBeNull()
  })

  it('policies and approvals have the published shape', async () => {
    const found = await send(
      'admin',
      'GET',
      `/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=policy($expand=rules)`,
    )
    expect(found.body.value.length).toBeGreaterThan(100)
    const one = found.body.value.find((a: { roleDefinitionId: string }) => a.roleDefinitionId === GLOBAL_ADMINISTRATOR)
    expect(valid('unifiedRoleManagementPolicyAssignment', one)).toBeNull()
    for (const rule of one.policy.rules) expect(valid(rule['@odata.type'].replace('#microsoft.graph.', ''), rule), rule.id).toBeNull()
    expect(one.policy.rules.find((r: { id: string }) => r.id === 'Expiration_EndUser_Assignment')).toMatchObject({
      maximumDuration: 'PT4H',
    })
  })
})
