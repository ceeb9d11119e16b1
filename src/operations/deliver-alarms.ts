// Tells of accounts for emergencies: each event that was posted for it, to all who must hear, in one transaction with the end of the
// posting. One that fails waits and is tried again; it holds up no other.

import { EMERGENCY_AUDIENCE, EMERGENCY_KIND, emergencyWords } from '../domain/messages/emergency.ts'
import { crowdOf } from '../domain/messages/recipients.ts'
import { HOUR, type Instant, SECOND } from '../domain/time.ts'
import { type Alarm, claimAlarm, nextAlarm, selectEmergencyIds } from '../store/emergency.ts'
import { addMessages, dropPosted, postpone, selectHolders, selectMemberships } from '../store/messages.ts'
import { selectPrincipals } from '../store/people.ts'
import { faultOf, type Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'

const BATCH = 50
const FIRST_PAUSE_MS = SECOND

/** Told of each alarm once it is committed, for the process's log. */
export type OnAlarm = (alarm: { readonly eventId: string; readonly words: string; readonly people: number }) => void

/** Everybody who must hear of it: administrators, active and eligible, directly and through groups; and all accounts for emergencies. */
export async function listeners(tx: Sql, now: Instant): Promise<readonly string[]> {
  const { plane, roles } = EMERGENCY_AUDIENCE
  const holders = await selectHolders(tx, [{ n: 0, plane, roles, scopes: ['/'] }], now)
  const schedules = holders.map(({ schedule }) => schedule)
  const named = [...new Set(schedules.flatMap((s) => [s.principalId, ...(s.basis ? [s.basis.principalId] : [])]))]
  const edges = await selectMemberships(tx, named, now)
  const people = await selectPrincipals(tx, [...new Set([...named, ...edges.map((e) => e.member)])])
  const crowd = crowdOf(people, edges, now)
  return [...new Set([...crowd.holders(EMERGENCY_AUDIENCE, schedules), ...(await selectEmergencyIds(tx))])]
}

async function tellOne(ctx: Ctx, tx: Sql, alarm: Alarm, now: Instant): Promise<Parameters<OnAlarm>[0]> {
  const words = emergencyWords(alarm)
  const people = await listeners(tx, now)
  const { eventId, requestId, at } = alarm
  await addMessages(
    tx,
    people.map((principalId) => ({ id: ctx.ids(), principalId, eventId, kind: EMERGENCY_KIND, words, requestId, at })),
  )
  await dropPosted(tx, [alarm.row])
  return { eventId, words, people: people.length }
}

/** Tells one alarm; null where none is due. */
async function once(ctx: Ctx, onAlarm: OnAlarm): Promise<boolean> {
  let claimed: Alarm | null = null
  try {
    const told = await ctx.db.transaction(async (tx) => {
      const now = ctx.now()
      claimed = await claimAlarm(tx, now)
      return claimed && tellOne(ctx, tx, claimed, now)
    })
    if (told) onAlarm(told)
    return told !== null
  } catch (error) {
    const alarm = claimed as Alarm | null
    // Without the database nothing can be set aside either: the job as a whole is tried again.
    if (!alarm || !faultOf(error)) throw error
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** alarm.attempts, HOUR)
    const why = error instanceof Error ? error.message.slice(0, 300) : String(error)
    await postpone(ctx.db, alarm.row, ctx.now() + pause, why)
    return true
  }
}

/** Tells what is due, a bounded number at a time; how many. Safe to run in any number of processes. */
export async function deliverAlarms(ctx: Ctx, onAlarm: OnAlarm = () => {}): Promise<number> {
  for (let n = 0; n < BATCH; n++) if (!(await once(ctx, onAlarm))) return n
  return BATCH
}

/** When something is to be told next, or null. */
export const nextAlarmAt = (ctx: Ctx): Promise<Instant | null> => nextAlarm(ctx.db)
