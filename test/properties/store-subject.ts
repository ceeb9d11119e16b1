// The real store, through the operations, as a subject of histories: one database for many, fresh people for each. Transitions are
// counted by triggers of the test's own, so that the events are held against what the rows did and not against themselves.

import { randomUUID } from 'node:crypto'
import type { Privilege } from '../../src/domain/privilege.ts'
import type { Action, Ask } from '../../src/domain/request/request.ts'
import type { Instant } from '../../src/domain/time.ts'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import type { Call, Ctx } from '../../src/operations/context.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { listInstances } from '../../src/operations/list.ts'
import { settleDue, settleGround } from '../../src/operations/settle-due.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { addPrincipals } from '../../src/store/directory-rows.ts'
import { openLane } from '../../src/store/lane.ts'
import { openDb } from '../../src/store/sql.ts'
import { approvalBy, idOf, MFA, type World } from '../support/world.ts'
import { ADMIN, APPROVER, PEOPLE, type Subject } from './steps.ts'

const WATCH = `
create table observed (n bigint generated always as identity, machine text, id uuid, from_state text, to_state text, ends_at timestamptz);
create function observe() returns trigger language plpgsql as $$
begin
  insert into observed (machine, id, from_state, to_state, ends_at) values (tg_argv[0], new.id,
    case when tg_op = 'INSERT' then 'None' else old.status end, new.status, (to_jsonb(new) ->> 'ends_at')::timestamptz);
  return new;
end $$;
create trigger observed after insert or update on requests for each row execute function observe('request');
create trigger observed after insert or update on schedules for each row execute function observe('schedule');
create trigger observed after insert or update on approvals for each row execute function observe('approval');`

/** Watches what rows do from now on. */
export const watch = (w: World) => w.db.query(WATCH)

/** Another process's ctx on the same database: its own pools, its own lanes, the same clock. */
export function anotherCtx(w: World): { ctx: Ctx; close: () => Promise<void> } {
  const db = openDb({ ...w.options, max: 4 })
  const lane = openLane(db, { now: w.now, settings: () => w.settings })
  return { ctx: { ...w.ctx, db, lane }, close: () => db.close() }
}

/** Does the work in every ctx given at once, and expects that at most one of them was allowed it; what that one answered. */
async function race<T>(ctxs: readonly Ctx[], work: (ctx: Ctx) => Promise<T | null>): Promise<T | null> {
  const won = (await Promise.all(ctxs.map(work))).filter((answer) => answer !== null)
  if (won.length > 1) throw new Error('the same thing was allowed twice')
  return won[0] ?? null
}

export class StoreSubject implements Subject {
  /** Ids by name. */
  readonly ids: Readonly<Record<string, string>>
  private readonly asked: string[] = []
  private readonly w: World
  private readonly privilege: Privilege
  /** The ctxs that the next operation is given to, all at once. */
  private readonly next: () => readonly Ctx[]
  private readonly worker: boolean

  private constructor(w: World, privilege: Privilege, next: () => readonly Ctx[], worker: boolean, ids: Record<string, string>) {
    this.w = w
    this.privilege = privilege
    this.next = next
    this.worker = worker
    this.ids = ids
  }

  /** With people nobody knows yet, and without approval. */
  static async open(w: World, privilege: Privilege, next: () => readonly Ctx[], worker: boolean): Promise<StoreSubject> {
    const ids: Record<string, string> = { [ADMIN]: idOf('admin'), [APPROVER]: idOf('lead'), mallory: idOf('auditor') }
    for (const name of PEOPLE) ids[name] = randomUUID()
    await addPrincipals(
      w.db,
      PEOPLE.map((name) => ({ id: ids[name] ?? '', kind: 'user' as const, displayName: name, upn: `${name}-${ids[name]}@contoso.com` })),
      w.now(),
    )
    const subject = new StoreSubject(w, privilege, next, worker, ids)
    await subject.requireApproval(false)
    return subject
  }

  private call = (by: string): Call => ({
    actor: { t: 'user', id: this.ids[by] ?? '', proof: { ...MFA, at: this.w.now() }, scopes: null, app: null, ip: null },
    correlationId: randomUUID(),
  })

  async submit(by: string, action: Action, level: Ask['level'], who: string, duration: string | null, startIn = 0) {
    const start = startIn > 0 ? this.w.now() + startIn : null
    const schedule = duration === null ? null : { start, type: 'AfterDuration' as const, duration, end: null }
    const ask = this.w.ask(action, level, this.privilege, this.ids[who] ?? '', { schedule })
    const id = await race(this.next(), async (ctx) => {
      const done = await submitRequest(ctx, this.call(by), ask)
      return done.ok ? done.value.request.id : null
    })
    if (id) this.asked.push(id)
    return id
  }

  async decide(by: string, id: string, result: 'Approve' | 'Deny') {
    const input = { approvalId: id, result, justification: 'fine' }
    return (await race(this.next(), async (ctx) => ((await decideApproval(ctx, this.call(by), input)).ok ? true : null))) !== null
  }

  async cancel(id: string) {
    return (await race(this.next(), async (ctx) => ((await cancelRequest(ctx, this.call(ADMIN), id)).ok ? true : null))) !== null
  }

  async cancelable() {
    const rows = await this.w.db.query<{ id: string; level: 'Eligibility' | 'Assignment'; principal_id: string }>(
      `select id, level, principal_id from requests where id = any($1::uuid[]) and status in ('PendingApproval', 'Granted')
       order by array_position($1::uuid[], id)`,
      [this.asked],
    )
    return rows.map((r) => ({ id: r.id, level: r.level, who: PEOPLE.find((name) => this.ids[name] === r.principal_id) ?? '' }))
  }

  async requireApproval(on: boolean) {
    const rule = approvalBy('lead') as { setting: { approvalStages: { primaryApprovers: object[] }[] } }
    rule.setting.approvalStages[0]?.primaryApprovers.push({ kind: 'user', id: this.ids.ann, isBackup: false, description: null })
    await this.w.policy(this.privilege, on ? [rule] : [])
  }

  pass(ms: number) {
    this.w.pass(ms)
  }

  async settle() {
    if (!this.worker) return
    // Several workers at once share what is due.
    await Promise.all(
      this.next().map(async (ctx) => {
        await settleDue(ctx)
        await settleGround(ctx)
      }),
    )
  }

  /** What the person reads of their own access: the ends of their assignments in force. */
  async access(who: string): Promise<readonly (Instant | null)[]> {
    const { plane } = this.privilege
    const query = { plane, level: 'Assignment', mine: 'principal', assignedTo: null, scope: null, filter: null, count: false } as const
    const [ctx] = this.next()
    if (!ctx) throw new Error('there is nobody to ask')
    const listed = await listInstances(ctx, this.call(who), { ...query, order: 'createdDesc', limit: 10, after: null })
    if (!listed.ok) throw new Error(listed.fault.words)
    return listed.value.items.map((item) => item.schedule.window.end)
  }
}
