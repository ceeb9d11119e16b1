// The pass over one target: its health, and all holders of all that is governed there, by its own list (L10).

import type { Session } from '../domain/provisioning/connector.ts'
import type { Target } from '../operations/claim-work.ts'
import type { Ctx } from '../operations/context.ts'
import { judgeLooks, type Look, noteHealth, type Removal, takeLook } from '../operations/drift.ts'
import type { Log } from './provision.ts'
import type { Sessions } from './sessions.ts'

const own = () => new AbortController().signal

async function listAll(ctx: Ctx, session: Session, entitlements: readonly Look['entitlement'][], log: Log): Promise<readonly Look[]> {
  const looks: Look[] = []
  for (const entitlement of entitlements) {
    const asOf = ctx.now()
    const answer = await session.observe({ id: entitlement.externalId, name: entitlement.name }, 'all', own())
    if (answer.t === 'ok') looks.push({ entitlement, asOf, list: answer.value })
    else log.warn({ entitlement: entitlement.name, reason: answer.reason }, 'the holders could not be listed')
  }
  return looks
}

/** Takes away an unexplained holder that we granted ourselves; what others granted stays, and stays a finding. */
async function remove(session: Session, { entitlement, account }: Removal, log: Log): Promise<void> {
  const ref = { id: entitlement.externalId, name: entitlement.name }
  // The oldest fence there is: whatever the ledger ever said about this account is newer.
  const intent = {
    entitlement: ref,
    account,
    present: false,
    fence: 0,
    notAfter: null,
    key: `drift.${ref.id}.${account.id}`,
    baseline: 'absent',
  }
  const outcome = await session.apply({ ...intent, baseline: 'absent' }, own())
  if (outcome.t === 'done') await session.endUse?.(ref, account, own())
  log.warn({ entitlement: ref.name, account: account.name, outcome: outcome.t }, 'took away what nothing explained')
}

/** Looks at a target that is due; 1 when there was one. */
export async function lookOnce(ctx: Ctx, sessions: Sessions, log: Log, stopping: AbortSignal): Promise<number> {
  const taken = stopping.aborted ? null : await takeLook(ctx)
  if (!taken) return 0
  const target: Target = taken.target
  const known = taken.entitlements.flatMap((e) => (e.externalId === null ? [] : [{ ...e, externalId: e.externalId }]))
  const done = await sessions.with(target, async (session) => {
    const health = await session.check(
      known.map((e) => ({ id: e.externalId, name: e.name })),
      own(),
    )
    await noteHealth(ctx, target, health)
    if (!health.reachable || session.caps.observe !== 'list') return
    const removals = await judgeLooks(ctx, target, await listAll(ctx, session, known, log))
    for (const removal of removals) await remove(session, removal, log)
  })
  if (done.ok) return 1
  // One that nobody gave its variables yet is no trouble until something is to be granted there.
  if (done.fault.code === 'TargetNotConfigured') log.info({ target: target.name }, done.fault.words)
  else log.error({ target: target.name, reason: done.fault.words }, 'the target cannot be opened')
  return 1
}
