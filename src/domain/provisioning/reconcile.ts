// What a target's own list says against what should be: drift. The list is the target's, never our table (L10).

import type { Instant } from '../time.ts'
import type { AccountRef, Observation, Seen } from './connector.ts'
import { desiredOf, type Grant, satisfied } from './grant.ts'

export type Drift =
  /** Held, and nothing of ours says why. `remove` is a proposal: a connector removes only what it granted itself. */
  | { readonly t: 'unknown'; readonly account: AccountRef; readonly seen: Seen; readonly action: 'report' | 'remove' }
  /** Access that we ended is there again: the row is applied once more. */
  | { readonly t: 'returned'; readonly grant: Grant; readonly seen: Seen }
  /** Active, proven, and gone from the target: it is put back. */
  | { readonly t: 'missing'; readonly grant: Grant }
  /** An activation covers now and the ledger has no row: it is made. */
  | { readonly t: 'unbooked'; readonly accountId: string }

/** How an entitlement is governed. */
export interface DriftPolicy {
  readonly unknown: 'report' | 'remove'
  /** Holdings from before us are drift too. */
  readonly exclusive: boolean
}

export interface Reconciliation {
  readonly drift: readonly Drift[]
  /** Held from before us and left alone. */
  readonly protected: readonly Seen[]
}

/**
 * Compares one entitlement. `desired`: ids of accounts that an activation covers now. `ledger`: every row of the entitlement.
 * `asOf`: when the list was asked for; rows seen since, and rows that an attempt is due for, are left alone. A list that was cut short
 * says nothing about who is absent.
 */
export function reconcile(
  desired: ReadonlySet<string>,
  { seen, complete }: Observation,
  ledger: readonly Grant[],
  policy: DriftPolicy,
  asOf: Instant,
): Reconciliation {
  const rows = new Map(ledger.map((g) => [g.account.id, g]))
  const held = new Map(seen.filter((s) => s.present).map((s) => [s.account.id, s]))
  const settled = (g: Grant) => g.observedGeneration === g.generation && g.observedAt !== null && g.observedAt < asOf
  const drift: Drift[] = []
  const kept: Seen[] = []

  for (const [id, s] of held) {
    const row = rows.get(id)
    if (row ? desiredOf(row) === 'present' : desired.has(id)) continue
    if (!row) {
      // What is held through another holder is that holder's business: it cannot be removed here.
      drift.push({ t: 'unknown', account: s.account, seen: s, action: s.via === 'nested' ? 'report' : policy.unknown })
    } else if (satisfied(row, s, policy.exclusive)) kept.push(s)
    else if (row.state === 'Revoked' && settled(row)) drift.push({ t: 'returned', grant: row, seen: s })
  }
  for (const g of complete ? ledger : []) {
    if (g.state === 'Granted' && settled(g) && !held.has(g.account.id)) drift.push({ t: 'missing', grant: g })
  }
  for (const accountId of desired) if (!rows.has(accountId)) drift.push({ t: 'unbooked', accountId })
  return { drift, protected: kept }
}
