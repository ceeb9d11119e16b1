// Reads: who may list what, through groups, with filters and pages (behaviour 1.2, 2.9; contract reference 3.5, 12.2).

import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/time.ts'
import { type ListInput, listInstances, listRequests, listSchedules } from '../../src/operations/list.ts'
import { directoryRole, groupRole, idOf, makeWorld, PLANE_CASES, RG, resourceRole, SUBSCRIPTION, TEAM } from '../support/world.ts'

const INPUT: ListInput = {
  plane: 'directory',
  level: 'Eligibility',
  mine: null,
  assignedTo: null,
  scope: null,
  filter: null,
  order: 'id',
  limit: 100,
  after: null,
  count: true,
}

describe('lists', async () => {
  const w = await makeWorld()
  await w.seed(idOf('engineer'), 'Assignment', groupRole(TEAM))
  const direct = await w.seed(idOf('engineer'), 'Eligibility', directoryRole())
  const viaTeam = await w.seed(TEAM, 'Eligibility', resourceRole())
  await w.seed(idOf('sam'), 'Eligibility', directoryRole(), { end: w.now() - DAY / 2 })

  it('shows mine, also what a group of mine holds, and says how', async () => {
    const mine = await listSchedules(w.ctx, w.as('engineer'), { ...INPUT, plane: null, mine: 'principal' })
    expect(mine.ok && mine.value.items.map((i) => [i.schedule.id, i.memberType]).sort()).toEqual(
      [
        [direct, 'Direct'],
        [viaTeam, 'Group'],
      ].sort(),
    )
  })

  it('refuses what is not mine without the right to read it', async () => {
    expect(await listSchedules(w.ctx, w.as('engineer'), INPUT)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    const all = await listSchedules(w.ctx, w.as('admin'), INPUT)
    expect(all.ok && all.value).toMatchObject({ count: 1, next: null })
  })

  it('reads a scope with what lies above and below it', async () => {
    const at = (scope: string, above: boolean, below: boolean) =>
      listSchedules(w.ctx, w.as('admin'), { ...INPUT, plane: 'resource', scope: { at: scope, above, below } })
    const below = await at(SUBSCRIPTION, true, true)
    expect(below.ok && below.value.items.length).toBe(1)
    const above = await at(SUBSCRIPTION, true, false)
    expect(above.ok && above.value.items.length).toBe(0)
    const here = await at(RG, false, false)
    expect(here.ok && here.value.items[0]?.scope.displayName).toBe('rg-payments-prod')
  })

  it('refuses a property that the list does not have, and takes those it has', async () => {
    const where = (path: string, value: string) => ({ ...INPUT, filter: { t: 'compare' as const, op: 'eq' as const, path: [path], value } })
    expect(await listSchedules(w.ctx, w.as('admin'), where('colour', 'red'))).toMatchObject({ ok: false, fault: { code: 'InvalidFilter' } })
    const found = await listSchedules(w.ctx, w.as('admin'), where('principalId', idOf('engineer')))
    expect(found.ok && found.value.count).toBe(1)
    const none = await listSchedules(w.ctx, w.as('admin'), where('principalId', 'not-a-guid'))
    expect(none.ok && none.value.count).toBe(0)
  })

  it('pages without missing or repeating a row', async () => {
    for (const [, p] of PLANE_CASES)
      await w.submit(
        w.as('admin'),
        w.ask('adminAssign', 'Eligibility', p, idOf('lead'), {
          schedule: { start: null, type: 'AfterDuration', duration: 'P10D', end: null },
        }),
      )
    for (const order of ['createdDesc', 'createdAsc', 'id'] as const) {
      const seen: string[] = []
      let after: ListInput['after'] = null
      do {
        const page = await listRequests(w.ctx, w.as('admin'), {
          ...INPUT,
          plane: null,
          level: null,
          mine: 'createdBy',
          order,
          limit: 1,
          after,
        })
        if (!page.ok) throw new Error(page.fault.words)
        expect(page.value.count).toBe(3)
        seen.push(...page.value.items.map((i) => i.request.id))
        after = page.value.next
      } while (after)
      expect(new Set(seen).size).toBe(3)
      expect(seen).toHaveLength(3)
    }
  })

  it('K2 an eligibility is no instance of access; an activation is, and is gone at its end though no worker runs', async () => {
    const mine = () => listInstances(w.ctx, w.as('engineer'), { ...INPUT, level: 'Assignment', mine: 'principal' })
    const before = await mine()
    expect(before.ok && before.value.count).toBe(0)
    await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', directoryRole(), idOf('engineer')))
    const during = await mine()
    expect(during.ok && during.value.items[0]).toMatchObject({
      memberType: 'Direct',
      schedule: { source: 'Activated', basis: { id: direct } },
    })
    w.pass(3_600_000)
    const after = await mine()
    expect(after.ok && after.value.count).toBe(0)
  })

  it('2.7 access through a group ends at the next read when the person leaves it', async () => {
    const mine = () => listInstances(w.ctx, w.as('engineer'), { ...INPUT, plane: 'resource', level: 'Assignment', mine: 'principal' })
    expect(await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', resourceRole(), idOf('engineer')))).toMatchObject({
      ok: true,
    })
    const during = await mine()
    expect(during.ok && during.value.count).toBe(1)
    await w.submit(w.as('admin'), w.ask('adminRemove', 'Assignment', groupRole(TEAM), idOf('engineer')))
    const after = await mine()
    expect(after.ok && after.value.count).toBe(0)
    expect(await w.settle()).toBeGreaterThan(0)
  })
})
