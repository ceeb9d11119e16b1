// A lane inside a transaction that is already open: items are judged and written one after the other, and become durable with it
// or not at all. For loading a tenant as a whole. INVARIANT: the caller holds whatever the items' locks would have held.

import type { Facts, Settings } from '../domain/facts.ts'
import type { Instant } from '../domain/time.ts'
import { apply } from './apply.ts'
import { loadFacts } from './facts.ts'
import type { Lane } from './lane.ts'
import type { Sql } from './sql.ts'

/** A lane over one open transaction, at one instant. */
export const laneWithin = (tx: Sql, settings: Settings, now: Instant): Lane => ({
  async submit(item) {
    const [facts] = await loadFacts(tx, [item.query], settings, now)
    const { result, change } = item.judge(facts as Facts)
    if (change) await apply(tx, [change], now)
    return result
  },
  idle: () => Promise.resolve(),
})
