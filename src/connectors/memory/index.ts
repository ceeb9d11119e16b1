// A target inside the process, for unit tests of the ledger only: it fails on demand, at the moments that matter.
// What it promises nobody may rely on; what it breaks, a real target has been seen to break.

import { fault } from '../../domain/faults.ts'
import type {
  Capabilities,
  Connector,
  EntitlementRef,
  Intent,
  Outcome,
  Retry,
  Seen,
  Session,
  Signal,
} from '../../domain/provisioning/connector.ts'
import { ok, refuse } from '../../domain/result.ts'

/** What the next apply does instead of working. */
export type Failure =
  /** The target is not reached: nothing happens. */
  | { readonly t: 'before' }
  /** The effect happens and the reply is lost. */
  | { readonly t: 'after' }
  /** The target says yes and changes nothing (L14). */
  | { readonly t: 'lie' }
  /** Frozen just before the effect, until `until` resolves. */
  | { readonly t: 'hang'; readonly reached: () => void; readonly until: Promise<void> }
  /** Answers this, and changes nothing. */
  | { readonly t: 'answer'; readonly outcome: Outcome }

interface Holding {
  ours: boolean
  others: string[]
}

/** The target's true state: tests look at it and change it as an outsider would. */
export interface MemoryTarget {
  down: boolean
  /** Entitlement id → account id → holding. An entitlement that is not a key does not exist. */
  readonly entitlements: Map<string, Map<string, Holding>>
  /** Account id → name. */
  readonly accounts: Map<string, string>
  /** Entitlements that the connector has no right on. */
  readonly forbidden: Set<string>
  /** Account id → open sessions that use a right; they outlive it until ended. */
  readonly sessions: Map<string, number>
  readonly fences: Map<string, number>
  /** Taken one by one, by the next applies. */
  readonly failures: Failure[]
}

export const memoryTarget = (): MemoryTarget => ({
  down: false,
  entitlements: new Map(),
  accounts: new Map(),
  forbidden: new Set(),
  sessions: new Map(),
  fences: new Map(),
  failures: [],
})

const CAPS: Capabilities = {
  observe: 'list',
  watch: false,
  fence: 'transactional',
  targetExpiry: null,
  endsUse: 'kill',
  residualMs: 0,
  visibleMs: { typical: 0, documentedMax: 0 },
  apply: 'sync',
  lock: 'row',
  restores: false,
}

/** A connector to one such target. `fence: 'none'` makes it one of the many that cannot tell an old intent from a new one. */
export function memoryConnector(target: MemoryTarget, fence: 'transactional' | 'none' = 'transactional'): Connector<null> {
  const caps = { ...CAPS, fence }
  return {
    kind: 'memory',
    caps,
    schema: { type: 'object', additionalProperties: false },
    parseConfig: (raw) =>
      raw && Object.keys(raw).length > 0 ? refuse(fault('MalformedBody', { detail: 'memory has no settings' })) : ok(null),
    open: () => session(target, caps),
  }
}

function session(target: MemoryTarget, caps: Capabilities): Session {
  const unreachable = (s: Signal): Retry | null => (target.down || s.aborted ? { t: 'retry', reason: 'the target is not reached' } : null)
  return {
    caps,
    longestCallMs: 1000,
    check: async (_, s) => ({
      reachable: unreachable(s) === null,
      version: null,
      credentialEndsAt: null,
      clockSkewMs: 0,
      findings: target.down ? [{ level: 'error', code: 'unreachable', words: 'the target is not reached' }] : [],
    }),
    async resolve({ t, name }, s) {
      const id = t === 'account' ? [...target.accounts].find(([, n]) => n === name)?.[0] : target.entitlements.has(name) ? name : undefined
      return unreachable(s) ?? (id === undefined ? unknown(name) : { t: 'ok', value: { id, name } })
    },
    async observe(entitlement, who, s) {
      const ids = who === 'all' ? [...(target.entitlements.get(entitlement.id)?.keys() ?? [])] : who.map((a) => a.id)
      return unreachable(s) ?? { t: 'ok', value: { seen: ids.map((id) => seen(target, entitlement, id)), complete: true } }
    },
    apply: async (intent, s) =>
      (target.down ? null : await failing(target, caps, intent, s)) ?? unreachable(s) ?? effect(target, caps, intent),
    async endUse(_, account, s) {
      const ended = target.sessions.get(account.id) ?? 0
      if (!target.down) target.sessions.delete(account.id)
      return unreachable(s) ?? { t: 'ok', value: { ended, left: 0 } }
    },
    close: async () => {},
  }
}

/** Plays the next failure, if there is one; null means: go on as if nothing had happened. */
async function failing(target: MemoryTarget, caps: Capabilities, intent: Intent, s: Signal): Promise<Outcome | null> {
  const failure = target.failures.shift()
  switch (failure?.t) {
    case undefined:
      return null
    case 'before':
      return { t: 'retry', reason: 'failed before the effect' }
    case 'after':
      effect(target, caps, intent)
      return { t: 'retry', reason: 'failed after the effect' }
    case 'lie':
      return { t: 'done' }
    case 'answer':
      return failure.outcome
    case 'hang':
      failure.reached()
      await Promise.race([failure.until, new Promise<void>((resolve) => s.addEventListener('abort', resolve, { once: true }))])
      return s.aborted ? { t: 'retry', reason: 'stopped during the call: whether it took effect is not known' } : null
    default:
      return failure satisfies never
  }
}

function effect(target: MemoryTarget, caps: Capabilities, { entitlement, account, present, fence }: Intent): Outcome {
  const holders = target.entitlements.get(entitlement.id)
  if (!holders || !target.accounts.has(account.id)) return present ? unknown(account.name) : { t: 'done' }
  if (target.forbidden.has(entitlement.id)) return { t: 'blocked', needs: 'permission', reason: `no right on ${entitlement.name}` }
  const key = `${entitlement.id} ${account.id}`
  const known = target.fences.get(key) ?? 0
  if (caps.fence === 'transactional' && known > fence) return { t: 'stale', known }
  target.fences.set(key, Math.max(known, fence))
  const others = holders.get(account.id)?.others ?? []
  if (present || others.length > 0) holders.set(account.id, { ours: present, others })
  else holders.delete(account.id)
  return { t: 'done' }
}

function seen(target: MemoryTarget, entitlement: EntitlementRef, id: string): Seen {
  const holding = target.entitlements.get(entitlement.id)?.get(id)
  const account = { id, name: target.accounts.get(id) ?? id }
  return {
    account,
    present: holding !== undefined,
    ours: holding?.ours ?? false,
    others: holding?.others ?? [],
    via: 'direct',
    expiresAt: null,
  }
}

const unknown = (name: string) => ({ t: 'blocked', needs: 'identity', reason: `\`${name}\` does not exist at the target` }) as const
