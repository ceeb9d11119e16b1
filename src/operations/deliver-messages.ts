// Tells people what happened: takes posted events, finds who is to be told of each, and writes their inboxes, in one transaction with
// the end of the posting, so each is told once. A telling that fails waits and is tried again; it holds up nobody (L8, D22).

import type { Audience } from '../domain/messages/audience.ts'
import { audiencesOf, type Draft, draftsFor, namedOf, policyScopeOf, type Surroundings } from '../domain/messages/messages.ts'
import type { Occasion } from '../domain/messages/occasion.ts'
import { crowdOf } from '../domain/messages/recipients.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { defaultRules, mergeRules } from '../domain/policy/defaults.ts'
import type { Rules } from '../domain/policy/rules.ts'
import { type Privilege, privilegeKey } from '../domain/privilege.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { HOUR, type Instant, SECOND } from '../domain/time.ts'
import {
  addMessages,
  claimPosted,
  dropPosted,
  type Holders,
  nextPosted,
  type Posted,
  postpone,
  selectChanged,
  selectHolders,
  selectMemberships,
  selectOccasions,
} from '../store/messages.ts'
import { selectPrincipals } from '../store/people.ts'
import { faultOf, type Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'

const BATCH = 100
/** Messages written by one statement. */
const CHUNK = 5_000
const FIRST_PAUSE_MS = 5 * SECOND

/** Told of a telling that failed. */
export type OnFailure = (failure: { readonly eventId: string; readonly attempts: number; readonly reason: string }) => void

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300)
const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)]

function holdersOf({ plane, roles, at }: Audience, o: Occasion): Omit<Holders, 'n'> {
  return { plane, roles, scopes: at === 'root' ? ['/'] : [o.privilege.scope, ...o.scope.ancestors] }
}

/** Everybody who may have to be told, and by which of their holdings. */
async function surroundings(tx: Sql, occasions: readonly Occasion[], now: Instant): Promise<Surroundings> {
  const wanted = new Map<string, Holders>()
  const keyOf = (a: Audience, o: Occasion) => JSON.stringify(holdersOf(a, o))
  for (const o of occasions) {
    for (const a of audiencesOf(o)) {
      if (!wanted.has(keyOf(a, o))) wanted.set(keyOf(a, o), { n: wanted.size, ...holdersOf(a, o) })
    }
  }
  const found = wanted.size > 0 ? await selectHolders(tx, [...wanted.values()], now) : []
  const schedules = new Map<number, ScheduleFact[]>()
  for (const { n, schedule } of found) schedules.set(n, [...(schedules.get(n) ?? []), schedule])
  const bases = found.flatMap(({ schedule: { basis } }) => (basis ? [basis.principalId] : []))
  const named = unique([...found.map((f) => f.schedule.principalId), ...bases, ...occasions.flatMap(namedOf)])
  const edges = await selectMemberships(tx, named, now)
  const people = await selectPrincipals(tx, unique([...named, ...edges.map((e) => e.member)]))
  return {
    crowd: crowdOf(people, edges, now),
    schedulesOf: (a, o) => schedules.get(wanted.get(keyOf(a, o))?.n ?? -1) ?? [],
  }
}

/** The rules in force for each occasion. */
async function rulesFor(tx: Sql, occasions: readonly Occasion[]): Promise<(o: Occasion) => Rules> {
  const governing = (o: Occasion): Privilege => ({ ...o.privilege, scope: policyScopeOf(o) })
  const wanted = new Map(occasions.map((o) => [privilegeKey(governing(o)), governing(o)]))
  const stored = await selectChanged(tx, [...wanted.values()])
  const changed = new Map(stored.map((row) => [privilegeKey(row), row.changed]))
  const merged = new Map<string, Rules>()
  return (o) => {
    const key = privilegeKey(governing(o))
    const rules = merged.get(key) ?? mergeRules(defaultRules(planeOf(o.privilege).defaults(o.role)), changed.get(key) ?? [])
    merged.set(key, rules)
    return rules
  }
}

interface Failed {
  readonly row: Posted
  readonly reason: string
}

/** Tells of the events claimed; the rows whose words could not be found. */
async function tellAll(tx: Sql, ctx: Ctx, rows: readonly Posted[], now: Instant): Promise<readonly Failed[]> {
  const ids = rows.map((r) => r.eventId)
  const occasions = await selectOccasions(tx, ids)
  const around = await surroundings(tx, occasions, now)
  const rules = await rulesFor(tx, occasions)
  const failed: Failed[] = []
  const drafts: (Draft & { readonly o: Occasion })[] = []
  for (const o of occasions) {
    try {
      drafts.push(...draftsFor(o, rules(o), around, now).map((d) => ({ ...d, o })))
    } catch (error) {
      failed.push(...rows.filter((r) => r.eventId === o.eventId).map((row) => ({ row, reason: reasonOf(error) })))
    }
  }
  const messages = drafts.map(({ o, ...d }) => ({ id: ctx.ids(), eventId: o.eventId, requestId: o.request?.id ?? null, at: o.at, ...d }))
  for (let i = 0; i < messages.length; i += CHUNK) await addMessages(tx, messages.slice(i, i + CHUNK))
  const done = rows.filter((r) => !failed.some((f) => f.row.id === r.id))
  await dropPosted(
    tx,
    done.map((r) => r.id),
  )
  return failed
}

const pauseAfter = (attempts: number): number => Math.min(FIRST_PAUSE_MS * 2 ** attempts, HOUR)

async function waitAfter(tx: Sql, ctx: Ctx, { row, reason }: Failed, onFailure: OnFailure): Promise<void> {
  await postpone(tx, row.id, ctx.now() + pauseAfter(row.attempts), reason)
  onFailure({ eventId: row.eventId, attempts: row.attempts + 1, reason })
}

/** One transaction: claims, tells, drops. */
async function once(ctx: Ctx, claim: (tx: Sql, now: Instant) => Promise<Posted[]>, seen: Posted[], onFailure: OnFailure): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const rows = await claim(tx, now)
    seen.push(...rows)
    if (rows.length === 0) return 0
    for (const failure of await tellAll(tx, ctx, rows, now)) await waitAfter(tx, ctx, failure, onFailure)
    return rows.length
  })
}

/** What the database refuses is found one by one, and set aside. */
async function apart(ctx: Ctx, rows: readonly Posted[], again: boolean, onFailure: OnFailure): Promise<void> {
  for (const row of rows) {
    try {
      await once(ctx, (tx, now) => claimPosted(tx, now, again, row.id, 1), [], onFailure)
    } catch (error) {
      // Without the database nothing can be set aside either: the job as a whole is tried again.
      if (!faultOf(error)) throw error
      await waitAfter(ctx.db, ctx, { row, reason: reasonOf(error) }, onFailure)
    }
  }
}

async function deliver(ctx: Ctx, again: boolean, limit: number, onFailure: OnFailure): Promise<number> {
  const seen: Posted[] = []
  try {
    return await once(ctx, (tx, now) => claimPosted(tx, now, again, null, limit), seen, onFailure)
  } catch (error) {
    if (!faultOf(error) || seen.length === 0) throw error
    await apart(ctx, seen, again, onFailure)
    return seen.length
  }
}

/** Tells what is due; how many events. Safe to run anywhere, in any number of processes. */
export async function deliverMessages(ctx: Ctx, onFailure: OnFailure = () => {}): Promise<number> {
  // What failed before goes alone, so that it takes nothing new down with it.
  return (await deliver(ctx, false, BATCH, onFailure)) + (await deliver(ctx, true, 1, onFailure))
}

/** When something is to be told next, or null. */
export const nextMessageAt = (ctx: Ctx): Promise<Instant | null> => nextPosted(ctx.db)
