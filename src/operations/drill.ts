// What a drill needs of the store: who must be told of a sign-in, who was, and the record that it was held.

import { ok, type Result } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { selectTold } from '../store/emergency.ts'
import { selectTargetStates } from '../store/grant-list.ts'
import { selectProviders } from '../store/identity-providers.ts'
import { toldEvent } from './administer.ts'
import type { Call, Ctx } from './context.ts'
import { listeners } from './deliver-alarms.ts'

const OPERATOR: Call['actor'] = { t: 'system', part: 'import' }

/** How many must hear of a sign-in, and how many did. */
export async function heardOf(ctx: Ctx, session: string): Promise<{ readonly wanted: number; readonly told: number }> {
  const wanted = (await ctx.db.transaction((tx) => listeners(tx, ctx.now()))).length
  return { wanted, told: await selectTold(ctx.db, session) }
}

export interface Surroundings {
  readonly providers: readonly { readonly name: string; readonly issuer: string }[]
  /** Null before the first look. */
  readonly targets: readonly { readonly name: string; readonly reachable: boolean | null }[]
}

/** What may be down while a drill is held: it is reported, and no part of its outcome. */
export async function surroundings(ctx: Ctx): Promise<Surroundings> {
  const [providers, targets] = await Promise.all([selectProviders(ctx.db, true), selectTargetStates(ctx.db)])
  return {
    providers: providers.map(({ name, issuer }) => ({ name, issuer })),
    targets: targets.filter((t) => t.enabled).map((t) => ({ name: t.name, reachable: t.health?.reachable ?? null })),
  }
}

export interface DrillRecord {
  readonly account: string
  readonly passed: boolean
  /** The steps that failed, by name. */
  readonly failed: readonly string[]
  readonly ms: number
}

/** Records that a drill was held, and how it went. */
export async function recordDrill(ctx: Ctx, d: DrillRecord): Promise<Result<true>> {
  const now = ctx.now()
  const data = { outcome: d.passed ? 'passed' : 'failed', account: d.account, failed: d.failed.join(','), ms: Math.round(d.ms) }
  const about = { subject: 'drill', subjectId: ctx.tenant().id, action: 'drill', data }
  await record(ctx.db, [toldEvent(ctx, { actor: OPERATOR, correlationId: ctx.ids() }, now, 'change', about)], now)
  return ok(true)
}
