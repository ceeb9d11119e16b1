// RULES: which kind of rule exists for which caller and level. The table generates exactly the 17 standard ids
// (behaviour 3.2); a policy is one rule of each id.

import type { Level } from '../privilege.ts'
import type { Caller, Recipient, Rule, RuleKind } from './rule.ts'

type Target = readonly [caller: Caller, level: Level]
const AE: Target = ['Admin', 'Eligibility']
const AA: Target = ['Admin', 'Assignment']
const EA: Target = ['EndUser', 'Assignment']

interface Row {
  readonly kind: RuleKind
  readonly recipient?: Recipient
  readonly on: readonly Target[]
}

// biome-ignore format: the columns are the targets
const RULES: readonly Row[] = [
  { kind: 'Expiration',                           on: [AE, AA, EA] },
  { kind: 'Enablement',                           on: [AE, AA, EA] },
  { kind: 'Approval',                             on: [        EA] },
  { kind: 'AuthenticationContext',                on: [        EA] },
  { kind: 'Notification', recipient: 'Admin',     on: [AE, AA, EA] },
  { kind: 'Notification', recipient: 'Requestor', on: [AE, AA, EA] },
  { kind: 'Notification', recipient: 'Approver',  on: [AE, AA, EA] },
]

export interface RuleKey {
  readonly id: string
  readonly kind: RuleKind
  readonly caller: Caller
  readonly level: Level
  readonly recipient: Recipient | null
}

const keyOf = (row: Row, [caller, level]: Target): RuleKey => ({
  id: row.recipient ? `${row.kind}_${row.recipient}_${caller}_${level}` : `${row.kind}_${caller}_${level}`,
  kind: row.kind,
  caller,
  level,
  recipient: row.recipient ?? null,
})

const ORDER: readonly Target[] = [AE, AA, EA]

/** The 17 rule keys in the order in which the wire lists them: by target, then by kind (contract reference 4.1). */
export const RULE_KEYS: readonly RuleKey[] = ORDER.flatMap((target) =>
  RULES.filter((row) => row.on.includes(target)).map((row) => keyOf(row, target)),
)

const BY_ID = new Map(RULE_KEYS.map((key) => [key.id, key]))

/** The key of a rule id, or undefined for an id that no policy has. */
export const ruleKey = (id: string): RuleKey | undefined => BY_ID.get(id)

/** A policy's rules, by id. */
export type Rules = ReadonlyMap<string, Rule>

/** Finds the rule of a kind for a caller and level; null where the table has none. */
export function ruleFor<K extends RuleKind>(rules: Rules, kind: K, caller: Caller, level: Level): Extract<Rule, { kind: K }> | null {
  const rule = rules.get(`${kind}_${caller}_${level}`)
  return rule && rule.kind === kind ? (rule as Extract<Rule, { kind: K }>) : null
}
