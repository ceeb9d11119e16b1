// The contract of a connector (decision D39): what the engine asks of a governed system, and what every answer means.
// State-shaped: an intent says how things should be, so first try, retry, crash recovery, extension and repair are one path.
// Connectors hold no state, never throw for expected trouble, and pass `test/connectors/suite.ts` against the real target.

import { type Result, refuse } from '../result.ts'
import type { Instant } from '../time.ts'

/** As much of the platform's `AbortSignal` as a connector needs; the domain has no ambient types. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One thing at a target that can be held: a database role, a group. `id` is immutable there; `name` is what it was called when bound. */
export interface EntitlementRef {
  readonly id: string
  readonly name: string
}

/** One person's identity at a target, bound explicitly (decision D31). `id` is immutable there; `name` is what it was called when bound. */
export interface AccountRef {
  readonly id: string
  readonly name: string
}

export interface Capabilities {
  /** `list`: all holders of an entitlement can be read, so drift can be found. */
  readonly observe: 'list' | 'one' | 'none'
  /** The target can tell us of changes by itself. */
  readonly watch: boolean
  /** Is the fence checked within the effect's own transaction, by a precondition, or not at all? */
  readonly fence: 'transactional' | 'conditional' | 'none'
  /** The target removes the right by itself at `notAfter`. */
  readonly targetExpiry: null | { readonly grainMs: number; readonly endsUse: boolean }
  /** Rights are re-checked live, sessions can be ended, or neither. */
  readonly endsUse: 'live' | 'kill' | 'none'
  /** The longest use after a perfect revoke and `endUse`; null means unbounded. Shown before activation. */
  readonly residualMs: number | null
  /** How long until a grant or a revoke takes effect. */
  readonly visibleMs: { readonly typical: number; readonly documentedMax: number }
  /** `async` answers `pending` with a token that is polled. */
  readonly apply: 'sync' | 'async'
  /** What must be serialised: read-modify-write interfaces need more than the row. */
  readonly lock: 'row' | 'entitlement' | 'target'
  /** `absent` means "back to an earlier value", not "gone". */
  readonly restores: boolean
}

/** A desired STATE, never a command. */
export interface Intent {
  readonly entitlement: EntitlementRef
  readonly account: AccountRef
  readonly present: boolean
  /** The row's generation: it only ever grows. A bigint in SQL; one bump a millisecond would need 285,000 years to pass 2^53. */
  readonly fence: number
  readonly notAfter: Instant | null
  /** Row id and fence: the same on every retry, another as soon as anything about the intent changes. */
  readonly key: string
  /** What was there before we first touched it. */
  readonly baseline: Baseline
}

/** Did the account hold the entitlement before we first touched it? Such a holding is not ours to remove. */
export type Baseline = 'unknown' | 'absent' | 'present'

/** Trouble that passes by itself, or whose effect is unknown. The default for any error that no table names. */
export interface Retry {
  readonly t: 'retry'
  readonly reason: string
  /** The target's own wish, such as `Retry-After`. */
  readonly afterMs?: number
}

/** Trouble that only a person can end. */
export interface Blocked {
  readonly t: 'blocked'
  readonly reason: string
  readonly needs: 'config' | 'identity' | 'permission'
}

export type Outcome =
  /** The target said yes. No proof: only a second observation moves our state (L14). */
  | { readonly t: 'done' }
  | { readonly t: 'pending'; readonly token: string; readonly pollAfterMs: number }
  /** The target knows a newer fence (`known`, where it says which) and did nothing. */
  | { readonly t: 'stale'; readonly known?: number }
  | Retry
  | Blocked

/** The answer to a question: a value, or why there is none. */
export type Answer<T> = { readonly t: 'ok'; readonly value: T } | Retry | Blocked

export interface Seen {
  readonly account: AccountRef
  readonly present: boolean
  /** Did we grant it? True as soon as one of several grants is ours. */
  readonly ours: boolean
  /** Who else granted it, by name at the target; empty when nobody or not known. */
  readonly others: readonly string[]
  /** `nested`: held only through something else that holds it. */
  readonly via: 'direct' | 'nested'
  readonly expiresAt: Instant | null
}

export interface Observation {
  readonly seen: readonly Seen[]
  /** False where the target cut the list short: such a list must never be used to conclude that somebody is absent. */
  readonly complete: boolean
}

/** `error`: it will not work, or the credential can do more than it must. `alarm`: somebody may be going round us. `warn`: could be tighter. */
export interface HealthFinding {
  readonly level: 'error' | 'alarm' | 'warn'
  readonly code: string
  readonly words: string
}

export interface Health {
  readonly reachable: boolean
  readonly version: string | null
  /** When the connector's own credential ends; null: never, or not known. */
  readonly credentialEndsAt: Instant | null
  /** The target's clock minus ours; null where it could not be read. */
  readonly clockSkewMs: number | null
  /** Worst first; empty is healthy. */
  readonly findings: readonly HealthFinding[]
}

/** A name to look up once. What is found is stored by its immutable id, and a name is never derived from another name (D31). */
export interface Subject {
  readonly t: 'account' | 'entitlement'
  readonly name: string
}

/** Every call MUST return within the connector's documented deadline, and soon after the signal aborts, with an answer. */
export interface Session {
  readonly caps: Capabilities
  /** The longest any call may take, by the connector's own deadlines. The engine's lease must be longer. */
  readonly longestCallMs: number
  /** MUST verify: reachable; credential valid, and its end; rights on exactly these entitlements and no more; clock skew. */
  check(entitlements: readonly EntitlementRef[], s: Signal): Promise<Health>
  /** MUST answer an immutable id, and `blocked` for a name that is unknown, ambiguous, or whom a grant could not bind. */
  resolve(subject: Subject, s: Signal): Promise<Answer<{ readonly id: string; readonly name: string }>>
  /** For accounts: MUST answer one row each, in order, absent ones too. For `all`: MUST answer every holder, also those not ours. */
  observe(entitlement: EntitlementRef, who: readonly AccountRef[] | 'all', s: Signal): Promise<Answer<Observation>>
  /** MUST be idempotent, touch this one holding only, remove only what was granted by us, and refuse older fences where `caps.fence` says so. */
  apply(intent: Intent, s: Signal): Promise<Outcome>
  /** Ends what is still being used. Called after the revoke is committed: a reconnect must find the right gone. */
  endUse?(entitlement: EntitlementRef, account: AccountRef, s: Signal): Promise<Answer<{ readonly ended: number; readonly left: number }>>
  poll?(token: string, s: Signal): Promise<Outcome>
  /** A hint only: it triggers an observation. */
  watch?(on: (entitlement: EntitlementRef) => void, s: Signal): Promise<void>
  close(): Promise<void>
}

/** What a connector is given from outside: it reads no clock and no environment by itself. */
export interface Deps {
  now(): Instant
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Connector<Cfg> {
  readonly kind: string
  readonly caps: Capabilities
  /** The configuration's JSON schema, for forms and documentation. */
  readonly schema: unknown
  /** Configuration NAMES secrets (an environment variable, a file); it never holds them. */
  parseConfig(raw: unknown): Result<Cfg>
  /** Opens lazily: no call to the target before the first question. */
  open(config: Cfg, deps: Deps): Session
}

/** A connector whose configuration's type is its own affair: what a registry of kinds holds. */
export interface AnyConnector {
  readonly kind: string
  readonly caps: Capabilities
  readonly schema: unknown
  open(raw: unknown, deps: Deps): Result<Session>
}

/** Hides the configuration's type behind its parser. */
export const anyConnector = <Cfg>(c: Connector<Cfg>): AnyConnector => ({
  kind: c.kind,
  caps: c.caps,
  schema: c.schema,
  open(raw, deps) {
    const config = c.parseConfig(raw)
    return config.ok ? { ok: true, value: c.open(config.value, deps) } : refuse(config.fault)
  },
})
