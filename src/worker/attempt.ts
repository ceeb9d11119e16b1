// One attempt at one grant: look, make it so, end its use, look again. Outside of any transaction, and with a signal of its own for
// every call. The target's "done" moves nothing; what is seen afterwards does (L14).

import type { Attempt } from '../domain/provisioning/attempt.ts'
import type {
  AccountRef,
  Answer,
  Blocked,
  EntitlementRef,
  Outcome,
  Retry,
  Seen,
  Session,
  Signal,
} from '../domain/provisioning/connector.ts'
import { desiredOf, intentOf, stepOf } from '../domain/provisioning/grant.ts'
import { confirmWork, noteBaseline, noteResolved, noteUnresolved, type Work, workGrant } from '../operations/claim-work.ts'
import type { Ctx } from '../operations/context.ts'

/** A look, an effect, the end of use, another look, and two names to look up: what a lease must be longer than. */
const CALLS_PER_ATTEMPT = 6
const MARGIN_MS = 2_000

export const leaseMs = (session: Pick<Session, 'longestCallMs'>): number => CALLS_PER_ATTEMPT * session.longestCallMs + MARGIN_MS

type Trouble = Retry | Blocked

/** A call of its own: the signal ends it when the house stops. */
type Calls = <T>(call: (s: Signal) => Promise<T>) => Promise<T>

function callsOf(stopping: AbortSignal): Calls {
  return async (call) => {
    const own = new AbortController()
    const end = () => own.abort()
    if (stopping.aborted) end()
    stopping.addEventListener('abort', end, { once: true })
    try {
      return await call(own.signal)
    } finally {
      stopping.removeEventListener('abort', end)
    }
  }
}

/** The immutable id of a name: as stored, or looked up once. */
async function refOf(
  ctx: Ctx,
  session: Session,
  ask: Calls,
  what: 'entitlements' | 'accounts',
  id: string,
  known: { readonly externalId: string | null; readonly name: string },
): Promise<{ t: 'ok'; ref: EntitlementRef & AccountRef } | Trouble> {
  if (known.externalId !== null) return { t: 'ok', ref: { id: known.externalId, name: known.name } }
  const t = what === 'accounts' ? 'account' : 'entitlement'
  const found = await ask((s) => session.resolve({ t, name: known.name }, s))
  if (found.t !== 'ok') {
    await noteUnresolved(ctx, what, id, found.reason)
    return found
  }
  await noteResolved(ctx, what, id, found.value.id)
  return { t: 'ok', ref: { id: found.value.id, name: known.name } }
}

const ABSENT = { present: false, ours: false, others: [], via: 'direct', expiresAt: null } as const

/** What an attempt without a call to the target says. */
const without = (work: Work, after: Seen | Trouble): Attempt => ({
  generation: work.row.generation,
  outcome: null,
  before: null,
  after,
  use: null,
})

/** Nothing was ever applied for a row without an account at the target. */
const neverHeld = (work: Work): boolean => desiredOf(work.row) === 'absent' && work.row.baseline === 'unknown'

/** Makes one attempt; null when there was nothing to do any more, and the claim is to be given back. */
export async function attemptGrant(ctx: Ctx, session: Session, work: Work, stopping: AbortSignal): Promise<Attempt | null> {
  const ask = callsOf(stopping)
  const { row } = work
  if (row.accountId === null || row.account === null) {
    const words: Blocked = { t: 'blocked', needs: 'identity', reason: 'no account is bound' }
    return without(work, desiredOf(row) === 'present' ? words : { account: { id: '', name: '' }, ...ABSENT })
  }
  const entitlement = await refOf(ctx, session, ask, 'entitlements', row.entitlementId, row.entitlement)
  const account = entitlement.t === 'ok' ? await refOf(ctx, session, ask, 'accounts', row.accountId, row.account) : entitlement
  if (entitlement.t !== 'ok' || account.t !== 'ok') {
    const trouble = account as Trouble
    return without(work, neverHeld(work) ? { account: { id: '', name: row.account.name }, ...ABSENT } : trouble)
  }
  return reach(ctx, session, ask, work, entitlement.ref, account.ref)
}

async function reach(
  ctx: Ctx,
  session: Session,
  ask: Calls,
  work: Work,
  entitlement: EntitlementRef,
  account: AccountRef,
): Promise<Attempt | null> {
  const { row } = work
  const look = async (): Promise<Seen | Trouble> => firstOf(await ask((s) => session.observe(entitlement, [account], s)))
  const first = await look()
  const before = 't' in first ? null : first
  const step = stepOf(workGrant(work, entitlement, account))
  if (step === 'look') return { ...without(work, first), before }
  // Without knowing what was there before us nothing may be changed; what is known to be ours is taken away unseen, if need be.
  if (!before && (desiredOf(row) === 'present' || row.baseline === 'unknown')) return without(work, first)
  const baseline = before ? await noteBaseline(ctx, work, before) : row.baseline
  if (!(await confirmWork(ctx, work))) return null
  const intent = intentOf({ ...workGrant(work, entitlement, account), baseline }, ctx.now())
  if (!intent) return null
  const { token } = row
  const { poll } = session
  const outcome: Outcome = await ask((s) => (token !== null && poll ? poll.call(session, token, s) : session.apply(intent, s)))
  const use = !intent.present && outcome.t === 'done' && session.endUse ? await endUse(session, ask, entitlement, account) : null
  return { generation: row.generation, outcome, before, after: await look(), use }
}

async function endUse(session: Session, ask: Calls, entitlement: EntitlementRef, account: AccountRef): Promise<Attempt['use']> {
  const answer = await ask((s) => session.endUse?.(entitlement, account, s) ?? Promise.resolve(null))
  return answer === null ? null : answer.t === 'ok' ? answer.value : answer
}

function firstOf(answer: Answer<{ seen: readonly Seen[] }>): Seen | Trouble {
  if (answer.t !== 'ok') return answer
  return answer.value.seen[0] ?? { t: 'retry', reason: 'the target did not answer about the account' }
}
