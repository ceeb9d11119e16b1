// What a source that pushes may do at its own door: read and write those it keeps, one at a time. Its token is looked at in the
// transaction that writes.

import { fault } from '../domain/faults.ts'
import type { IncomingGroup, IncomingUser } from '../domain/identity/incoming.ts'
import type { KeptKind, Source } from '../domain/identity/source.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type KeptRow, lockKept, selectKept } from '../store/identity-links.ts'
import { KEPT_SORTS, type KeptQuery, listKept } from '../store/identity-list.ts'
import { type GroupOf, listGroupsOf, listMembers, type MemberOf } from '../store/identity-members.ts'
import { holdByToken, selectByToken } from '../store/identity-sources.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'
import { provisionGroups } from './identity-groups.ts'
import { guard, removeKept } from './identity-leave.ts'
import { type MemberEdit, provisionMembers } from './identity-members.ts'
import { type Run, sourceCall } from './identity-run.ts'
import { provisionUsers } from './identity-users.ts'
import { type Within, withinSource } from './identity-within.ts'
import { hashOf } from './secret-hash.ts'

export { KEPT_SORTS, type KeptRow }

/** Whoever came with a token that stands. */
export interface Pusher {
  readonly source: Source
  readonly digest: string
  readonly correlationId: string
}

/** The source of a token. The work is the same for none, for a wrong one and for one that has ended. Fault: `InvalidSourceToken`. */
export async function sourceOfToken(ctx: Ctx, token: string, correlationId: string): Promise<Result<Pusher>> {
  const digest = hashOf(token)
  const found = await selectByToken(ctx.db.lookups, digest, ctx.now())
  return found && found.kind === 'scim' ? ok({ source: found, digest, correlationId }) : refuse(fault('InvalidSourceToken'))
}

/** Somebody kept, with the memberships that the source put in place. */
export interface KeptView {
  readonly row: KeptRow
  readonly groups: readonly GroupOf[]
  readonly members: readonly MemberOf[]
}

const missing = (id: string) => refuse(fault('ResourceNotFound', { id }))

const within = (ctx: Ctx, { digest, correlationId }: Pusher, action: string, id: string): Within => ({
  hold: async (tx) => {
    const source = await holdByToken(tx, digest, ctx.now())
    return source?.kind === 'scim' ? source : null
  },
  call: sourceCall(correlationId),
  pushed: true,
  about: { subject: 'principal', subjectId: id, action },
})

async function view(run: Run, kind: KeptKind, id: string, whole: boolean): Promise<Result<KeptView>> {
  return shownOf(run.tx, run.source.id, kind, id, whole)
}

async function shownOf(tx: Sql, sourceId: string, kind: KeptKind, id: string, whole: boolean): Promise<Result<KeptView>> {
  const [row, groups, members] = await Promise.all([
    selectKept(tx, sourceId, kind, id),
    kind === 'user' && whole ? listGroupsOf(tx, sourceId, [id]) : [],
    kind === 'group' && whole ? listMembers(tx, [id]) : [],
  ])
  return row ? ok({ row, groups, members }) : missing(id)
}

/** One of those kept. `whole`: with memberships. Fault: `ResourceNotFound`. */
export const readKept = (ctx: Ctx, { source }: Pusher, kind: KeptKind, id: string, whole: boolean): Promise<Result<KeptView>> =>
  shownOf(ctx.db.lookups, source.id, kind, id, whole)

/** A page of those kept, and how many there are in all. */
export async function listKeptBy(
  ctx: Ctx,
  { source }: Pusher,
  q: Omit<KeptQuery, 'sourceId'>,
  whole: boolean,
): Promise<{ readonly total: number; readonly items: readonly KeptView[] }> {
  const { total, items } = await listKept(ctx.db, { ...q, sourceId: source.id })
  const ids = items.map((i) => i.principalId)
  const groups = whole && q.kind === 'user' && ids.length > 0 ? await listGroupsOf(ctx.db, source.id, ids) : []
  const members = whole && q.kind === 'group' && ids.length > 0 ? await listMembers(ctx.db, ids) : []
  return {
    total,
    items: items.map((row) => ({
      row,
      groups: groups.filter((g) => g.principalId === row.principalId),
      members: members.filter((m) => m.groupId === row.principalId),
    })),
  }
}

/** Adds a person. Faults: `InvalidSourceToken`, those of `provisionUsers`. */
export const pushUser = (ctx: Ctx, pusher: Pusher, user: Omit<IncomingUser, 'externalId'> & { readonly externalId: string | null }) =>
  withinSource<KeptView>(ctx, within(ctx, pusher, 'createUser', user.userName.slice(0, 200)), async (run) => {
    const [done] = await provisionUsers(run, [{ ...user, externalId: user.externalId ?? ctx.ids() }])
    if (!done) return missing(user.userName)
    return done.ok ? view(run, 'user', done.value.principalId, true) : done
  })

export interface GroupPush {
  readonly group: IncomingGroup
  readonly members: readonly MemberEdit[]
}

async function fill(run: Run, id: string, edits: readonly MemberEdit[]): Promise<Result<true>> {
  for (const edit of edits) {
    const done = await provisionMembers(run, { principalId: id }, edit)
    if (!done.ok) return done
    const [unknown] = done.value.unknown
    if (unknown !== undefined)
      return refuse(fault('InvalidObject', { detail: `the member \`${unknown}\` is not kept by this source`, scimType: 'invalidValue' }))
  }
  return ok(true)
}

const isId = (id: string) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(id)
const strangers = (edits: readonly MemberEdit[]): string | undefined =>
  edits.flatMap((e) => [...(e.add ?? []), ...(e.exactly ?? [])]).find((id) => !isId(id))
/** Whoever has no id of ours is in no group. */
const sane = (edits: readonly MemberEdit[]): readonly MemberEdit[] =>
  edits.map((e) => (e.remove ? { ...e, remove: e.remove.filter(isId) } : e))

/** Adds a group with its members. Faults: `InvalidSourceToken`, those of `provisionGroups` and `provisionMembers`. */
export const pushGroup = (
  ctx: Ctx,
  pusher: Pusher,
  group: Omit<IncomingGroup, 'externalId'> & { readonly externalId: string | null },
  members: readonly MemberEdit[],
) =>
  withinSource<KeptView>(ctx, within(ctx, pusher, 'createGroup', group.displayName.slice(0, 200)), async (run) => {
    const odd = strangers(members)
    if (odd !== undefined)
      return refuse(fault('InvalidObject', { detail: `the member \`${odd.slice(0, 100)}\` is not kept by this source` }))
    const [done] = await provisionGroups(run, [{ ...group, externalId: group.externalId ?? ctx.ids() }])
    if (!done?.ok) return done ?? missing(group.displayName)
    const filled = await fill(run, done.value.principalId, members)
    return filled.ok ? view(run, 'group', done.value.principalId, true) : filled
  })

/** Judges the version that the caller read. Fault: `VersionMismatch`. */
type Versions = (row: KeptRow) => boolean

/** Somebody may leave by it: begun anew with the guard, which comes before any row. */
class NeedsGuard extends Error {}

/** Most changes take nobody away, and wait for none of those that may. */
async function guarded<T>(attempt: (guarded: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false)
  } catch (error) {
    if (error instanceof NeedsGuard) return attempt(true)
    throw error
  }
}

/** Changes a person by what `change` makes of them as they stand. Faults: `ResourceNotFound`, `VersionMismatch`, those of `change` and `provisionUsers`. */
export const changeUser = (ctx: Ctx, pusher: Pusher, id: string, fitting: Versions, change: (row: KeptRow) => Result<IncomingUser>) =>
  guarded((held) => changeUserOnce(ctx, pusher, id, fitting, change, held))

const changeUserOnce = (
  ctx: Ctx,
  pusher: Pusher,
  id: string,
  fitting: Versions,
  change: (row: KeptRow) => Result<IncomingUser>,
  held: boolean,
) =>
  withinSource<KeptView>(ctx, within(ctx, pusher, 'updateUser', id), async (run) => {
    if (held) await guard(run)
    const [row] = await lockKept(run.tx, run.source.id, 'user', [], [id])
    if (!row || row.deleted) return missing(id)
    if (!fitting(row)) return refuse(fault('VersionMismatch', { id }))
    const next = change(row)
    if (!next.ok) return next
    if (!held && !next.value.active) throw new NeedsGuard()
    const [done] = await provisionUsers(run, [next.value])
    if (!done?.ok) return done ?? missing(id)
    return view(run, 'user', id, true)
  })

/** Changes a group and who is in it. Faults: as of `changeUser`, for groups. */
export const changeGroup = (
  ctx: Ctx,
  pusher: Pusher,
  id: string,
  fitting: Versions,
  whole: boolean,
  change: (row: KeptRow) => Result<GroupPush>,
) => guarded((held) => changeGroupOnce(ctx, pusher, id, fitting, whole, change, held))

const changeGroupOnce = (
  ctx: Ctx,
  pusher: Pusher,
  id: string,
  fitting: Versions,
  whole: boolean,
  change: (row: KeptRow) => Result<GroupPush>,
  held: boolean,
) =>
  withinSource<KeptView>(ctx, within(ctx, pusher, 'updateGroup', id), async (run) => {
    if (held) await guard(run)
    const [row] = await lockKept(run.tx, run.source.id, 'group', [], [id])
    if (!row || row.deleted) return missing(id)
    if (!fitting(row)) return refuse(fault('VersionMismatch', { id }))
    const next = change(row)
    if (!next.ok) return next
    const edits = sane(next.value.members)
    if (!held && edits.some((e) => e.exactly || e.remove)) throw new NeedsGuard()
    const odd = strangers(edits)
    if (odd !== undefined)
      return refuse(fault('InvalidObject', { detail: `the member \`${odd.slice(0, 100)}\` is not kept by this source` }))
    const [done] = await provisionGroups(run, [next.value.group])
    if (!done?.ok) return done ?? missing(id)
    const filled = await fill(run, id, edits)
    return filled.ok ? view(run, 'group', id, whole) : filled
  })

/** Deletes one of those kept. Faults: `ResourceNotFound`, `VersionMismatch`, `IdentityNotKept`, `CannotRemoveLastActiveAdministrator`. */
export const dropKept = (ctx: Ctx, pusher: Pusher, kind: KeptKind, id: string, fitting: Versions) =>
  withinSource<true>(ctx, within(ctx, pusher, kind === 'user' ? 'deleteUser' : 'deleteGroup', id), async (run) => {
    await guard(run)
    const [row] = await lockKept(run.tx, run.source.id, kind, [], [id])
    if (!row || row.deleted) return missing(id)
    if (!fitting(row)) return refuse(fault('VersionMismatch', { id }))
    const [done] = await removeKept(run, kind, [], `${run.source.name} deleted it`, [id])
    return done ?? missing(id)
  })
