// Two at once: in one process by one lane, and in two by two. Exactly one wins, and what was taken away stays away.

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { listInstances } from '../../src/operations/list.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { openLane } from '../../src/store/lane.ts'
import { openDb } from '../../src/store/sql.ts'
import { approvalBy, groupRole, idOf, makeWorld, resourceRole, SUBSCRIPTION, TEAM } from '../support/world.ts'

const ROUNDS = 12
const MINUTE = 60_000
const privilege = resourceRole()
const me = idOf('engineer')

const w = await makeWorld()
const db = openDb({ ...w.options, max: 4 })
/** Another process, as far as locks can tell: its own connections and its own lane. */
const second: Ctx = { ...w.ctx, db, lane: openLane(db, { now: w.ctx.now, settings: w.ctx.settings }) }
const sides: readonly (readonly [string, Ctx])[] = [
  ['in one process', w.ctx],
  ['in two processes', second],
]

const active = async () => {
  const found = await listInstances(w.ctx, w.as('engineer'), {
    ...{ plane: 'resource', level: 'Assignment', mine: 'principal', assignedTo: null, scope: null, filter: null },
    ...{ order: 'id', limit: 10, after: null, count: false },
  })
  return found.ok ? found.value.items.length : -1
}
const activate = (ctx: Ctx, name: string | null = null) =>
  submitRequest(ctx, w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, { name }))
const clear = async () => {
  await w.db.query(
    `update schedules set status = 'Revoked', ends_at = starts_at where principal_id in ($1, $2) and status in ('Granted', 'Provisioned')`,
    [me, TEAM],
  )
  await w.db.query(`update requests set status = 'Canceled' where status = 'PendingApproval'`)
  w.pass(10 * MINUTE)
}
const codes = (answers: readonly { ok: boolean; fault?: { code: string } }[]) => answers.map((a) => (a.ok ? 'ok' : a.fault?.code)).sort()

describe.each(sides)('%s', (_, other) => {
  it('the same person activates twice: once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await clear()
      await w.seed(me, 'Eligibility', privilege, { start: w.now() })
      const answers = await Promise.all([activate(w.ctx), activate(other), activate(w.ctx), activate(other)])
      expect(codes(answers)).toEqual(['RoleAssignmentExists', 'RoleAssignmentExists', 'RoleAssignmentExists', 'ok'])
      expect(await active()).toBe(1)
    }
  })

  it('the same name is taken once, whoever asks', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await clear()
      await w.seed(me, 'Eligibility', privilege, { start: w.now() })
      await w.seed(idOf('sam'), 'Eligibility', privilege, { start: w.now() }).catch(() => {})
      const name = randomUUID()
      const theirs = submitRequest(
        other,
        w.as('sam'),
        w.ask('selfActivate', 'Assignment', privilege, idOf('sam'), { name: name.toUpperCase() }),
      )
      const answers = await Promise.all([activate(w.ctx, name), theirs])
      const [row] = await w.db.query<{ n: number }>('select count(*) as n from requests where name = $1', [name])
      expect(row?.n, JSON.stringify(codes(answers))).toBe(1)
      await w.db.query(`update schedules set status = 'Revoked', ends_at = starts_at where principal_id = $1`, [idOf('sam')])
    }
  })

  it('removing an eligibility against activating it: no access remains, from a scope above and through a group too', async () => {
    const above = resourceRole(SUBSCRIPTION)
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [holder, held] of [
        [me, privilege],
        [me, above],
        [TEAM, above],
      ] as const) {
        await clear()
        if (holder === TEAM) await w.seed(me, 'Assignment', groupRole(TEAM), { start: w.now() })
        await w.seed(holder, 'Eligibility', held, { start: w.now() - 6 * MINUTE })
        const removal = submitRequest(other, w.as('admin'), w.ask('adminRemove', 'Eligibility', held, holder, { schedule: null }))
        const [, removed] = await Promise.all([activate(w.ctx), removal])
        expect(removed).toMatchObject({ ok: true })
        expect(await active()).toBe(0)
        await w.settle()
        const [row] = await w.db.query<{ n: number }>(
          `select count(*) as n from schedules where principal_id = $1 and source = 'Activated' and status in ('Granted', 'Provisioned')`,
          [me],
        )
        expect(row?.n).toBe(0)
      }
    }
  }, 60_000)

  it('cancel against approve, and two approvers against each other: one of them', async () => {
    await w.policy(privilege, [approvalBy('lead', 'manager')])
    const decide = (ctx: Ctx, who: 'lead' | 'manager', approvalId: string, result: 'Approve' | 'Deny') =>
      decideApproval(ctx, w.as(who), { approvalId, result, justification: 'seen' })
    for (let round = 0; round < ROUNDS; round += 1) {
      await clear()
      await w.seed(me, 'Eligibility', privilege, { start: w.now() })
      const asked = await activate(w.ctx)
      if (!asked.ok) throw new Error(asked.fault.words)
      const { id } = asked.value.request
      const answers = await Promise.all(
        round % 2 === 0
          ? [cancelRequest(w.ctx, w.as('engineer'), id), decide(other, 'lead', id, 'Approve')]
          : [decide(w.ctx, 'manager', id, 'Deny'), decide(other, 'lead', id, 'Approve')],
      )
      expect(answers.filter((a) => a.ok)).toHaveLength(1)
      const [row] = await w.db.query<{ status: string }>('select status from requests where id = $1', [id])
      expect(await active()).toBe(row?.status === 'Provisioned' ? 1 : 0)
      // And nothing turns a settled one round.
      for (const again of [
        decide(w.ctx, 'lead', id, 'Approve'),
        decide(other, 'manager', id, 'Deny'),
        cancelRequest(other, w.as('admin'), id),
      ])
        expect((await again).ok).toBe(false)
    }
    await w.policy(privilege, [])
  })
})
