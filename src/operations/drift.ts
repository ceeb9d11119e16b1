// Drift: what a target's own list says against what should be (L10). The worker looks, the domain judges, here it is written.

import { type Braked, brake } from '../domain/provisioning/brake.ts'
import type { AccountRef, Health, Observation, Seen } from '../domain/provisioning/connector.ts'
import { desiredOf } from '../domain/provisioning/grant.ts'
import { type Drift, reconcile } from '../domain/provisioning/reconcile.ts'
import type { Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { concernedBy } from '../store/derive.ts'
import { derivedId } from '../store/derived-id.ts'
import { addFindings, type NewFinding, resolveFindings } from '../store/grant-list.ts'
import { grantOf } from '../store/grant-rows.ts'
import { grantsAt } from '../store/grants-at.ts'
import {
  type EntitlementRow,
  nextObservation as next,
  selectEntitlements,
  observeSoon as soon,
  type TargetRow,
  takeTargetToObserve,
  writeHealth,
} from '../store/targets.ts'
import { hurryGrants } from '../store/work.ts'
import { toldEvent } from './administer.ts'
import { type Call, type Ctx, WORKER } from './context.ts'
import { derivePeople } from './derive-grants.ts'

/** One entitlement as the target shows it. */
export interface Look {
  readonly entitlement: EntitlementRow & { readonly externalId: string }
  readonly asOf: Instant
  readonly list: Observation
}

/** Takes a target whose holders are to be looked at now, with what can be held there. */
export async function takeLook(ctx: Ctx): Promise<{ target: TargetRow; entitlements: readonly EntitlementRow[] } | null> {
  const target = await takeTargetToObserve(ctx.db, ctx.now())
  if (!target) return null
  const entitlements = await selectEntitlements(ctx.db, target.id)
  // Whoever holds what is bound gets a row before the lists are compared, should an event ever have been missed.
  const people = await concernedBy(
    ctx.db,
    entitlements.map((e) => e.id),
    ctx.now(),
  )
  if (people.length > 0) await derivePeople(ctx, people)
  return { target, entitlements }
}

/** An unexplained holder to be taken away, by the target's policy. */
export interface Removal {
  readonly entitlement: Look['entitlement']
  readonly account: AccountRef
}

const wordsOf = (d: Drift): string => {
  const by = (s: Seen) => (s.others.length > 0 ? `, ${s.via === 'nested' ? 'through' : 'granted by'} ${s.others.join(', ')}` : '')
  switch (d.t) {
    case 'unknown':
      return `held${by(d.seen)}, and nothing here says why`
    case 'returned':
      return `held again after it was revoked${by(d.seen)}`
    case 'missing':
      return 'gone from the target while it is active'
    case 'unbooked':
      return 'active here and not in the ledger'
    default:
      return d satisfies never
  }
}

const subjectOf = (d: Drift): AccountRef =>
  d.t === 'unknown' ? d.account : d.t === 'unbooked' ? { id: d.accountId, name: '' } : d.grant.account

/** Compares all lists of one target, writes what was found, and makes due what must be put right; answers what is to be removed. */
export async function judgeLooks(ctx: Ctx, target: TargetRow, looks: readonly Look[]): Promise<readonly Removal[]> {
  const call: Call = { actor: WORKER, correlationId: ctx.ids() }
  const removals: Removal[] = []
  const due: string[] = []
  const found: NewFinding[] = []
  const stops: string[] = []
  const at = { unknown: target.drift, exclusive: target.exclusive }
  for (const { entitlement, asOf, list } of looks) {
    const rows = await grantsAt(ctx.db, entitlement.id)
    const ledger = rows.map((r) => grantOf(r.row, { id: entitlement.externalId, name: entitlement.name }, r.account))
    const desired = new Set(ledger.filter((g) => desiredOf(g) === 'present').map((g) => g.account.id))
    const { drift } = reconcile(desired, list, ledger, at, asOf)
    const expected = ledger.filter((g) => g.state === 'Granted' && g.observed === 'present').length
    const braked: Braked = brake(drift, list, Math.max(ledger.length, list.seen.length), expected)
    const go = braked.t === 'go' ? braked.changes : braked.exempt
    if (braked.t === 'stop') stops.push(`${entitlement.name}: ${braked.reason}`)
    for (const d of go) {
      if (d.t === 'returned' || d.t === 'missing') due.push(d.grant.id)
      if (d.t === 'unknown' && d.action === 'remove') removals.push({ entitlement, account: d.account })
    }
    for (const d of drift.filter((one) => one.t !== 'unbooked')) {
      const { id, name } = subjectOf(d)
      found.push({ id: ctx.ids(), targetId: target.id, entitlementId: entitlement.id, kind: d.t, subject: id, name, words: wordsOf(d) })
    }
  }
  if (stops.length > 0) {
    found.push({
      id: derivedId('brake', target.id, call.correlationId),
      targetId: target.id,
      entitlementId: null,
      kind: 'brake',
      subject: 'brake',
      name: target.name,
      words: stops.join('; '),
    })
  }
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const fresh = await addFindings(tx, found, now)
    const events = fresh.map((f) =>
      toldEvent(ctx, call, now, 'change', {
        subject: 'drift',
        subjectId: f.id,
        action: f.kind,
        reason: f.words,
        data: { target: target.name, account: f.name, entitlement: f.entitlementId },
      }),
    )
    await record(tx, events, now)
    for (const { entitlement, list } of looks) {
      if (list.complete) await resolveFindings(tx, target.id, entitlement.id, ['unknown', 'returned', 'missing'], now)
    }
    await resolveFindings(tx, target.id, null, ['brake'], now)
    if (due.length > 0) await hurryGrants(tx, due, now)
  })
  return removals
}

/** Notes a target's health; what alarms is a finding (D40). */
export async function noteHealth(ctx: Ctx, target: TargetRow, health: Health): Promise<void> {
  const call: Call = { actor: WORKER, correlationId: ctx.ids() }
  const alarms = health.findings.filter((f) => f.level === 'alarm')
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    await writeHealth(tx, target.id, health, now)
    const found = alarms.map((f) => ({
      id: ctx.ids(),
      targetId: target.id,
      entitlementId: null,
      kind: 'health' as const,
      subject: `${f.code} ${f.words}`,
      name: target.name,
      words: f.words,
    }))
    const fresh = await addFindings(tx, found, now)
    const events = fresh.map((f) =>
      toldEvent(ctx, call, now, 'change', {
        subject: 'drift',
        subjectId: f.id,
        action: 'health',
        reason: f.words,
        data: { target: target.name },
      }),
    )
    await record(tx, events, now)
    if (health.reachable) await resolveFindings(tx, target.id, null, ['health'], now)
  })
}

/** When the next target is to be looked at, or null. */
export const nextLook = (ctx: Ctx): Promise<Instant | null> => next(ctx.db)

/** Has every target looked at now: after a start, when nobody knows what happened meanwhile. */
export const lookSoon = (ctx: Ctx): Promise<void> => soon(ctx.db, ctx.now())
