// The last active administrator, by the ways around the guard (behaviour 2.5 rule 6).

import { describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { Ask } from '../../src/domain/request/request.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { readRequest } from '../../src/operations/read-request.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { directoryRole, groupRole, idOf, makeWorld, TEAM } from '../support/world.ts'

const GA = directoryRole(GLOBAL_ADMINISTRATOR)
const kept = { ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } }
const until = (end: number): Ask['schedule'] => ({ start: null, type: 'AfterDateTime', duration: null, end })

describe('the last administrator', async () => {
  const w = await makeWorld()
  const admin = idOf('admin')
  const act = (action: Ask['action'], more: Partial<Ask>) => w.submit(w.as('admin'), w.ask(action, 'Assignment', GA, admin, more))

  it('is given no end: that is a removal with a date', async () => {
    expect(await act('adminUpdate', { schedule: until(w.now() + 5 * MINUTE) })).toMatchObject(kept)
    expect(await act('adminUpdate', { schedule: { start: w.now() + DAY, type: 'NoExpiration', duration: null, end: null } })).toMatchObject(
      kept,
    )
    expect(await act('adminRemove', { schedule: null })).toMatchObject(kept)
    expect(await setPrincipalEnabled(w.ctx, w.as('admin'), admin, false)).toMatchObject(kept)
  })

  it('may be given one as soon as there is another', async () => {
    await w.seed(idOf('sam'), 'Assignment', GA)
    expect(await act('adminUpdate', { schedule: until(w.now() + 5 * MINUTE) })).toMatchObject({ ok: true })
  })
})

describe('the last administrator by activation', async () => {
  const w = await makeWorld()
  const ops = idOf('priya')
  await w.seed(ops, 'Eligibility', GA)
  await w.policy(GA, [
    { kind: 'Enablement', id: 'Enablement_EndUser_Assignment', caller: 'EndUser', level: 'Assignment', enabledRules: [] },
  ])
  expect((await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', GA, ops))).ok).toBe(true)
  expect((await w.submit(w.as('priya'), w.ask('adminRemove', 'Assignment', GA, idOf('admin'), { schedule: null }))).ok).toBe(true)
  w.pass(10 * MINUTE)

  it('keeps the eligibility beneath', async () => {
    const without = w.ask('adminRemove', 'Eligibility', GA, ops, { schedule: null })
    expect(await w.submit(w.as('priya'), without)).toMatchObject(kept)
    const later = { start: w.now() + DAY, type: 'NoExpiration', duration: null, end: null } as const
    expect(await w.submit(w.as('priya'), w.ask('adminUpdate', 'Eligibility', GA, ops, { schedule: later }))).toMatchObject(kept)
  })

  it('not where the assignment stands by itself', async () => {
    await w.seed(idOf('sam'), 'Assignment', GA)
    const without = w.ask('adminRemove', 'Eligibility', GA, ops, { schedule: null })
    expect(await w.submit(w.as('priya'), without)).toMatchObject({ ok: true })
  })
})

describe('the last member of a group that holds it', async () => {
  const w = await makeWorld()
  await w.seed(TEAM, 'Assignment', GA)
  await w.seed(idOf('sam'), 'Assignment', groupRole(TEAM))
  expect((await w.submit(w.as('sam'), w.ask('adminRemove', 'Assignment', GA, idOf('admin'), { schedule: null }))).ok).toBe(true)

  it('is given no end either', async () => {
    const ask = w.ask('adminUpdate', 'Assignment', groupRole(TEAM), idOf('sam'), { schedule: until(w.now() + 5 * MINUTE) })
    expect(await w.submit(w.as('sam'), ask)).toMatchObject(kept)
    const group = w.ask('adminUpdate', 'Assignment', GA, TEAM, { schedule: until(w.now() + 5 * MINUTE) })
    expect(await w.submit(w.as('sam'), group)).toMatchObject(kept)
  })
})

describe('the last administrator by a group that is eligible', async () => {
  const w = await makeWorld()
  const ops = idOf('priya')
  await w.seed(TEAM, 'Eligibility', GA)
  const membership = groupRole(TEAM)
  await w.seed(ops, 'Assignment', membership)
  await w.policy(GA, [
    { kind: 'Enablement', id: 'Enablement_EndUser_Assignment', caller: 'EndUser', level: 'Assignment', enabledRules: [] },
  ])
  expect((await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', GA, ops))).ok).toBe(true)
  const remove = (p: typeof GA, who: string) => w.submit(w.as('priya'), w.ask('adminRemove', 'Assignment', p, who, { schedule: null }))

  it('counts, so that another may go', async () => {
    expect(await remove(GA, idOf('admin'))).toMatchObject({ ok: true })
  })

  it('keeps the activation, and the membership beneath', async () => {
    w.pass(10 * MINUTE)
    expect(await remove(GA, ops)).toMatchObject(kept)
    expect(await remove(membership, ops)).toMatchObject(kept)
    expect(await setPrincipalEnabled(w.ctx, w.as('priya'), ops, false)).toMatchObject(kept)
  })
})

describe('the last administrator by a group’s eligibility', async () => {
  const w = await makeWorld()
  const remove = (level: 'Eligibility' | 'Assignment', principal: string, by: Parameters<typeof w.as>[0]) =>
    w.submit(w.as(by), w.ask('adminRemove', level, GA, principal, { schedule: null }))

  it('keeps the group’s eligibility beneath; and what falls with an eligibility falls with its request', async () => {
    await w.seed(idOf('sam'), 'Assignment', groupRole(TEAM))
    await w.seed(idOf('lead'), 'Assignment', groupRole(TEAM))
    await w.seed(TEAM, 'Eligibility', GA)
    expect(await w.submit(w.as('sam'), w.ask('selfActivate', 'Assignment', GA, idOf('sam')))).toMatchObject({ ok: true })
    const planned = await w.submit(
      w.as('lead'),
      w.ask('selfActivate', 'Assignment', GA, idOf('lead'), {
        schedule: { start: w.now() + 3_600_000, type: 'AfterDuration', duration: 'PT1H', end: null },
      }),
    )
    expect(await remove('Assignment', idOf('admin'), 'sam')).toMatchObject({ ok: true })
    w.pass(5 * 60_000)
    expect(await remove('Eligibility', TEAM, 'sam')).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
    await w.seed(idOf('admin'), 'Assignment', GA, { start: w.now() })
    expect(await remove('Eligibility', TEAM, 'sam')).toMatchObject({ ok: true })
    const id = planned.ok ? planned.value.request.id : ''
    expect((await readRequest(w.ctx, id))?.status).toBe('Failed')
  })
})
