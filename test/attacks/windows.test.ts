// Windows that would last too long, end before they begin, or lie beyond what anybody can write down.

import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Actor } from '../../src/domain/access/actor.ts'
import type { Ask } from '../../src/domain/request/request.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { addPrincipals } from '../../src/store/directory-rows.ts'
import { directoryRole, idOf, makeWorld, PLANE_CASES, resourceRole } from '../support/world.ts'

type Schedule = NonNullable<Ask['schedule']>
const lasting = (duration: string, start: number | null = null): Schedule => ({ start, type: 'AfterDuration', duration, end: null })
const until = (end: number, start: number | null = null): Schedule => ({ start, type: 'AfterDateTime', duration: null, end })
describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  let who = ''
  // Somebody new for each test: what one leaves behind is nothing to the next.
  beforeEach(async () => {
    who = randomUUID()
    await addPrincipals(w.db, [{ id: who, kind: 'user', displayName: 'auditor', upn: `${who}@contoso.com` }], w.now())
  })
  const themselves = () => ({ ...w.as('auditor'), actor: { ...w.as('auditor').actor, id: who } as Actor })
  const act = (action: Ask['action'], schedule: Schedule | null, level: Ask['level'] = 'Assignment') =>
    w.submit(w.as('admin'), w.ask(action, level, privilege, who, { schedule }))
  const rows = () =>
    w.db.query<{ status: string; starts: number; ends: number | null; level: string; source: string }>(
      `select status, level, source, (extract(epoch from starts_at) * 1000)::bigint as starts, (extract(epoch from ends_at) * 1000)::bigint as ends
       from schedules where principal_id = $1 order by created_at, starts_at`,
      [who],
    )

  it('an extension with a start of its own does not outgrow the rule', async () => {
    await w.policy(privilege, [
      {
        kind: 'Expiration',
        id: 'Expiration_Admin_Assignment',
        caller: 'Admin',
        level: 'Assignment',
        isExpirationRequired: true,
        maximumDuration: 'P180D',
      },
    ])
    expect((await act('adminAssign', lasting('P7D'))).ok).toBe(true)
    await act('adminExtend', lasting('P180D', w.now() + 3650 * DAY))
    await act('adminExtend', until(w.now() + 3700 * DAY, w.now() + 3650 * DAY))
    expect((await rows())[0]?.ends).toBeLessThanOrEqual(w.now() + 180 * DAY)
  })

  it('an extension ends nothing sooner', async () => {
    expect((await act('adminAssign', lasting('P7D'))).ok).toBe(true)
    const refused = { ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } }
    expect(await act('adminExtend', until(w.now() + 5 * MINUTE))).toMatchObject(refused)
    expect(await act('adminExtend', until(w.now() - DAY))).toMatchObject(refused)
    expect(await act('adminExtend', lasting('P7D'))).toMatchObject(refused)
    expect((await rows())[0]?.ends).toBe(w.now() + 7 * DAY)
  })

  it('an update to an end that has passed, or to the start itself, is refused', async () => {
    expect((await act('adminAssign', lasting('P7D'))).ok).toBe(true)
    for (const schedule of [until(w.now()), until(w.now() - 1), until(0), until(-1), until(w.now() + DAY, w.now() + DAY)])
      expect(await act('adminUpdate', schedule)).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
    expect((await rows())[0]?.ends).toBe(w.now() + 7 * DAY)
  })

  it('what has not begun is moved as a whole: it never ends before it starts', async () => {
    const start = w.now() + 10 * DAY
    expect((await act('adminAssign', lasting('P7D', start))).ok).toBe(true)
    expect(await act('adminExtend', until(w.now() + DAY))).toMatchObject({ ok: false })
    expect(await act('adminUpdate', lasting('P1D'))).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    const open = (await rows()).filter((r) => r.status === 'Provisioned' || r.status === 'Granted')
    expect(open).toMatchObject([{ starts: w.now(), ends: w.now() + DAY }])
  })

  it('an eligibility shortened below a planned activation takes it along', async () => {
    const eligible = w.ask('adminAssign', 'Eligibility', privilege, who, { schedule: lasting('P30D') })
    expect((await w.submit(w.as('admin'), eligible)).ok).toBe(true)
    const planned = w.ask('selfActivate', 'Assignment', privilege, who, { schedule: lasting('PT1H', w.now() + 10 * DAY) })
    expect((await w.submit(themselves(), planned)).ok).toBe(true)
    expect(await act('adminUpdate', until(w.now() + 2 * DAY), 'Eligibility')).toMatchObject({ ok: true })
    expect((await rows()).find((r) => r.source === 'Activated')).toMatchObject({ status: 'Canceled' })
    w.pass(10 * DAY + HOUR / 2)
    await w.settle()
    expect((await rows()).filter((r) => r.status === 'Provisioned')).toEqual([])
  })

  it('an activation running is cut with its eligibility', async () => {
    expect((await act('adminAssign', lasting('P30D'), 'Eligibility')).ok).toBe(true)
    const ask = w.ask('selfActivate', 'Assignment', privilege, who, { schedule: lasting('PT8H') })
    expect((await w.submit(themselves(), ask)).ok).toBe(true)
    expect(await act('adminUpdate', until(w.now() + HOUR), 'Eligibility')).toMatchObject({ ok: true })
    expect((await rows()).find((r) => r.source === 'Activated')?.ends).toBe(w.now() + HOUR)
  })

  it.each([
    ['a thousand years from the last day', lasting('P1000Y', Date.parse('9999-12-31T00:00:00Z'))],
    ['an end beyond all calendars', until(8.64e15)],
    ['a start beyond all calendars', lasting('PT8H', 8.64e15)],
    ['nine thousand nine hundred years', lasting('P9999Y')],
    ['a length that no number holds', lasting('PT99999999999999999999H')],
    ['a negative length', lasting('-PT8H')],
    ['a negative part', lasting('PT-8H')],
    ['half an hour, as a fraction', lasting('PT0.5H')],
    ['no length', lasting('PT0S')],
    ['a fraction of a second', lasting('PT0.5S')],
    ['an empty length', lasting('')],
  ])('%s is refused in words', async (__, schedule) => {
    for (const level of ['Eligibility', 'Assignment'] as const) {
      const answer = await act('adminAssign', schedule, level)
      expect(answer).toMatchObject({ ok: false })
    }
    expect(await rows()).toEqual([])
  })
})

describe('a leap day', async () => {
  const w = await makeWorld()
  it('P1M from 31 January ends with February, and P1Y with the day before the leap', async () => {
    const ends = async (name: 'sam' | 'lead', start: string, duration: string) => {
      const ask = w.ask('adminAssign', 'Eligibility', directoryRole(), idOf(name), { schedule: lasting(duration, Date.parse(start)) })
      const done = await w.submit(w.as('admin'), ask)
      return done.ok ? done.value.schedule?.window.end : done.fault.words
    }
    expect(await ends('sam', '2032-01-31T10:00:00Z', 'P1M')).toBe(Date.parse('2032-02-29T10:00:00Z'))
    expect(await ends('lead', '2032-02-29T10:00:00Z', 'P1Y')).toBe(Date.parse('2033-02-28T10:00:00Z'))
  })
  it('an activation over the end of a month is no longer than the rule', async () => {
    await w.seed(idOf('auditor'), 'Eligibility', resourceRole())
    w.pass(Date.parse('2032-02-29T20:00:00Z') - w.now())
    for (const duration of ['P1M', 'P1Y', 'P1D', 'PT8H1S', 'PT8H0.0010S', 'P0Y0M0W0DT8H1M']) {
      const ask = w.ask('selfActivate', 'Assignment', resourceRole(), idOf('auditor'), { schedule: lasting(duration) })
      expect(await w.submit(w.as('auditor'), ask), duration).toMatchObject({ ok: false })
    }
  })
})
