// (2) From activating to being let in, and from the end to being turned away, at a real target beside the server: two hundred stints,
// ten at a time, seen by asking the target itself every few milliseconds.

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Governed, openGoverned, ROLE } from '../src/demo/governed.ts'
import { databaseClock } from '../src/store/clock.ts'
import type { Db } from '../src/store/sql.ts'
import { openStage, quantile, type Stage, send } from './stage.ts'

const STINTS = 200
const CALLERS = 10
const LOOK_MS = 2
const STINT = 'PT3S'
const ADMIN = '902ee947-a37f-42fc-84f5-0a47f9398da9'
const GROUP = '22222222-2222-2222-2222-222222222222'
const GROUP_PIM = '/v1.0/identityGovernance/privilegedAccess/group'

interface Person {
  readonly id: string
  readonly account: string
  readonly token: string
}

/** Ten people with accounts; eligible by an administrator's request; the group's approval is switched off, since nobody would be timed by it. */
async function prepare(stage: Stage, people: readonly Person[]): Promise<void> {
  const admin = await stage.token(ADMIN)
  const ask = async (method: string, path: string, body?: object) => {
    const { status, text } = await send(`${stage.url}${encodeURI(path)}`, method, admin, body && JSON.stringify(body))
    if (status >= 300) throw new Error(`${status}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  await stage.db.query(
    `insert into principals (id, kind, display_name, upn, created_at)
     select id, 'user', account, account || '@contoso.com', '2026-01-01' from unnest($1::uuid[], $2::text[]) as p (id, account)`,
    [people.map((p) => p.id), people.map((p) => p.account)],
  )
  await stage.db.query(
    `insert into accounts (id, target_id, principal_id, name)
     select gen_random_uuid(), t.id, p.id, p.account from targets t, unnest($1::uuid[], $2::text[]) as p (id, account) where t.name = 'payments'`,
    [people.map((p) => p.id), people.map((p) => p.account)],
  )
  for (const { id } of people) {
    const scheduleInfo = { startDateTime: null, expiration: { type: 'afterDuration', duration: 'P1D' } }
    const body = { action: 'adminAssign', accessId: 'member', groupId: GROUP, principalId: id, scheduleInfo, justification: 'bench' }
    await ask('POST', `${GROUP_PIM}/eligibilityScheduleRequests`, body)
  }
  const filter = `scopeId eq '${GROUP}' and scopeType eq 'Group' and roleDefinitionId eq 'member'`
  const found = await ask('GET', `/v1.0/policies/roleManagementPolicyAssignments?$filter=${filter}&$expand=policy($expand=rules)`)
  const [{ policyId, policy }] = found.value
  const rule = policy.rules.find((r: { id: string }) => r.id === 'Approval_EndUser_Assignment')
  rule.setting.isApprovalRequired = false
  await ask('PATCH', `/v1.0/policies/roleManagementPolicies/${policyId}/rules/Approval_EndUser_Assignment`, rule)
}

interface Waiting {
  readonly account: string
  readonly held: boolean
  deadline: number
  readonly done: (at: number | null) => void
}

/** Who holds the role, asked of the target again and again: when somebody first does, or does not; null where a deadline passed before. */
function watch(db: Db, now: () => number) {
  const waiting = new Set<Waiting>()
  let stopped = false
  const looking = (async () => {
    while (!stopped) {
      const rows = await db.query<{ name: string }>(
        `select rolname::text as name from pg_roles where rolcanlogin and not rolsuper and pg_has_role(oid, $1, 'usage')`,
        [ROLE],
        'holders',
      )
      const at = now()
      const holders = new Set(rows.map((r) => r.name))
      for (const one of waiting) {
        const seen = holders.has(one.account) === one.held
        if (!seen && at < one.deadline) continue
        waiting.delete(one)
        one.done(seen ? at : null)
      }
      await new Promise((done) => setTimeout(done, LOOK_MS))
    }
  })()
  return {
    until(account: string, held: boolean) {
      let deadline = (_: number) => {}
      const at = new Promise<number | null>((done) => {
        const one: Waiting = { account, held, deadline: Number.POSITIVE_INFINITY, done }
        waiting.add(one)
        deadline = (by) => {
          one.deadline = by
        }
      })
      return { at, deadline }
    },
    stop() {
      stopped = true
      return looking
    },
  }
}

interface Times {
  readonly effective: number[]
  readonly refused: number[]
  /** Stints that the target never saw. */
  missed: number
}

async function run(stage: Stage, governed: Governed, people: readonly Person[]): Promise<Times> {
  const clock = await databaseClock(governed.db, () => performance.now())
  const holders = watch(governed.db, clock.now)
  const times: Times = { effective: [], refused: [], missed: 0 }
  const body = JSON.stringify({
    action: 'selfActivate',
    plane: 'group',
    role: 'member',
    scope: GROUP,
    duration: STINT,
    justification: 'bench',
  })
  const stint = async ({ account, token }: Person) => {
    const effective = holders.until(account, true)
    const asked = clock.now()
    const { status, text } = await send(`${stage.url}/api/v1/requests`, 'POST', token, body)
    if (status !== 201) throw new Error(`${status}: ${text}`)
    const end = Date.parse(JSON.parse(text).until)
    // On a machine that is busy enough a stint may be over before it began.
    effective.deadline(end)
    const began = await effective.at
    if (began === null) times.missed += 1
    else times.effective.push(began - asked)
    const refused = await holders.until(account, false).at
    if (began !== null && refused !== null) times.refused.push(refused - end)
  }
  try {
    await Promise.all(
      people.map(async (person, n) => {
        // Not in step: stints begin and end at any time.
        await new Promise((done) => setTimeout(done, n * 100))
        for (let i = 0; i < STINTS / CALLERS; i++) await stint(person)
      }),
    )
  } finally {
    await holders.stop()
    clock.stop()
  }
  return times
}

export interface StintFigures {
  readonly what: string
  readonly stints: number
  readonly missed: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

function figures(what: string, times: number[], missed: number): StintFigures {
  times.sort((a, b) => a - b)
  const q = (share: number) => quantile(times, share)
  return { what, stints: times.length, missed, p50: q(0.5), p95: q(0.95), p99: q(0.99), max: times.at(-1) ?? 0 }
}

/** Measures; milliseconds. */
export async function stints(): Promise<readonly StintFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-'))
  const accounts = Array.from({ length: CALLERS }, (_, n) => `person${n}`)
  const governed = await openGoverned({ dataDir: folder, accounts, secret: randomUUID })
  try {
    const stage = await openStage({ env: { ...governed.env, STINT_SHORTEST_STINT: 'PT1S' } })
    try {
      const people = await Promise.all(
        accounts.map(async (account) => {
          const id = randomUUID()
          return { id, account, token: await stage.token(id) }
        }),
      )
      await prepare(stage, people)
      const { effective, refused, missed } = await run(stage, governed, people)
      return [figures('activate → effective at the target', effective, missed), figures('end → refused at the target', refused, missed)]
    } finally {
      await stage.close()
    }
  } finally {
    await governed.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
