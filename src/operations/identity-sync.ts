// A reading becomes what stands here: first the whole is judged and the brake looks at it, then whoever leaves goes, then people,
// groups and memberships, in bounded transactions. One that cannot be taken over is a finding, and stops nobody else. Run again after
// a crash it goes on where it was, since it only ever compares.

import { createHash } from 'node:crypto'
import { type Fault, fault } from '../domain/faults.ts'
import { type Losses, lossBrake } from '../domain/identity/brake.ts'
import type { IncomingGroup, IncomingUser } from '../domain/identity/incoming.ts'
import type { ReadGroup, Reading, ReadUser } from '../domain/identity/reading.ts'
import { addCounts, type KeptKind, NO_COUNTS, type RunCounts, type Source, type SourceFinding } from '../domain/identity/source.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type LinkDigest, lockKept, selectDigests } from '../store/identity-links.ts'
import { selectStanding } from '../store/identity-members.ts'
import { breakCircles, writeManagers } from '../store/identity-writes.ts'
import { faultOf } from '../store/sql.ts'
import type { Ctx } from './context.ts'
import { provisionGroups } from './identity-groups.ts'
import { guard, removeKept } from './identity-leave.ts'
import { provisionMembers } from './identity-members.ts'
import type { Provisioned, Run } from './identity-run.ts'
import { provisionUsers } from './identity-users.ts'

export interface SyncTerms {
  /** All in one transaction that is the caller's: what fails, fails as a whole. */
  readonly whole: boolean
  /** Past the brake, this once. */
  readonly override: boolean
  /** What becomes of whoever is gone. */
  readonly gone: 'delete' | 'disable'
  readonly share?: number
}

export interface SyncDone {
  readonly counts: RunCounts
  readonly findings: readonly SourceFinding[]
}

/** Runs a piece of work in a transaction of the source, or within the one that is open. */
export type Transact = <T>(work: (run: Run) => Promise<Result<T>>) => Promise<Result<T>>

const CHUNK = 250
const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('base64url')
const chunks = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, i) => all.slice(i * CHUNK, (i + 1) * CHUNK))

interface Comparison {
  readonly users: readonly ReadUser[]
  readonly groups: readonly ReadGroup[]
  /** Groups whose members are not as they should be. */
  readonly filling: readonly ReadGroup[]
  readonly gone: readonly LinkDigest[]
  readonly losses: readonly Losses[]
}

const key = (kind: KeptKind, id: string) => `${kind} ${id}`

/** What is to be done, by comparing with what is kept: nobody who is as they were is looked at again. */
function compare(
  reading: Reading,
  kept: readonly LinkDigest[],
  standing: ReadonlyMap<string, ReadonlySet<string>>,
  terms: SyncTerms,
): Comparison {
  const links = new Map(kept.map((l) => [key(l.kind, l.externalId), l]))
  const idOf = new Map(kept.map((l) => [l.externalId, l.principalId]))
  const read = new Set([...reading.users.map((u) => key('user', u.externalId)), ...reading.groups.map((g) => key('group', g.externalId))])
  const incoming = new Set([...reading.users, ...reading.groups].map((r) => r.externalId))
  const named = new Set(reading.gone)
  const gone = kept.filter((l) => (reading.full ? !read.has(key(l.kind, l.externalId)) : named.has(l.externalId)))
  const leaving = terms.gone === 'delete' ? gone : gone.filter((l) => l.kind === 'group' || l.active || l.enabled)
  const users = reading.users.filter((u) => {
    const link = links.get(key('user', u.externalId))
    return link?.digest !== digestOf(u) || (!u.active && link.enabled) || link.active !== u.active
  })
  const off = users.filter((u) => !u.active && links.get(key('user', u.externalId))?.enabled)
  const groups = reading.groups.filter((g) => links.get(key('group', g.externalId))?.digest !== digestOf({ ...g, members: [] }))
  const lost = (g: ReadGroup) => {
    const wanted = new Set(g.members.flatMap((m) => idOf.get(m) ?? []))
    const now = standing.get(idOf.get(g.externalId) ?? '') ?? new Set()
    const out = [...now].filter((p) => !wanted.has(p)).length
    // Whoever is outside of what is read never comes in.
    const into = g.members.some((m) => (idOf.has(m) || incoming.has(m)) && !now.has(idOf.get(m) ?? ''))
    return { out, changed: out > 0 || into }
  }
  const filling = reading.groups.filter((g) => lost(g).changed)
  const people = kept.filter((l) => l.kind === 'user' && l.enabled)
  const memberships = [...standing.values()].reduce((sum, s) => sum + s.size, 0)
  return {
    users,
    groups,
    filling,
    gone: leaving,
    losses: [
      { what: 'people', lost: off.length + gone.filter((l) => l.kind === 'user' && l.enabled).length, kept: people.length },
      { what: 'groups', lost: gone.filter((l) => l.kind === 'group').length, kept: kept.filter((l) => l.kind === 'group').length },
      { what: 'memberships', lost: filling.reduce((sum, g) => sum + lost(g).out, 0), kept: memberships },
    ],
  }
}

const userOf = (u: ReadUser): IncomingUser => {
  const { manager: _, ...rest } = u
  return { ...rest, doc: { digest: digestOf(u) } }
}

const groupOf = (g: ReadGroup): IncomingGroup => {
  const { members: _, ...rest } = g
  return { ...rest, doc: { digest: digestOf({ ...g, members: [] }) } }
}

/** What is told of somebody who cannot be kept must be kept itself. */
const shown = (text: string): string => text.replace(/\0|\p{Cs}/gu, '\ufffd')

const finding = (kind: SourceFinding['kind'], externalId: string, name: string, f: Fault): SourceFinding => ({
  kind,
  externalId: shown(externalId),
  name: shown(name),
  code: f.code,
  words: f.words,
})

/** One whom the database refuses must not take the others of the batch along. */
async function eachOf<T, R>(
  transact: Transact,
  terms: SyncTerms,
  batch: readonly T[],
  work: (run: Run, some: readonly T[]) => Promise<readonly Result<R>[]>,
): Promise<readonly Result<R>[]> {
  const whole = async (some: readonly T[]) => {
    const done = await transact<readonly Result<R>[]>(async (run) => ok(await work(run, some)))
    if (done.ok || some.length === 1) return done.ok ? done.value : [done]
    return null
  }
  try {
    const all = await whole(batch)
    if (all) return all
  } catch (error) {
    if (terms.whole || faultOf(error) === null) throw error
    if (batch.length === 1) return [refuse(fault('InvalidObject', { detail: 'it cannot be kept' }))]
  }
  const answers: Result<R>[] = []
  for (const one of batch) answers.push(...(await eachOf(transact, terms, [one], work)))
  return answers
}

async function leave(transact: Transact, source: Source, gone: readonly LinkDigest[], terms: SyncTerms): Promise<SyncDone> {
  let counts = NO_COUNTS
  const findings: SourceFinding[] = []
  const note = (l: LinkDigest, did: Partial<RunCounts>, r: Result<unknown>) => {
    if (r.ok) counts = addCounts(counts, did)
    else findings.push(finding(l.kind, l.externalId, l.name, r.fault))
  }
  const byId = new Map(gone.map((l) => [l.principalId, l]))
  for (const kind of ['user', 'group'] as const) {
    const of = gone.filter((l) => l.kind === kind)
    for (const some of chunks(of)) {
      if (kind === 'user' && terms.gone === 'disable') {
        const rows = await transact(async (run) => ok(await turnOff(run, some)))
        for (const [i, l] of some.entries()) note(l, { disabled: 1 }, rows.ok ? (rows.value[i] ?? ok(true)) : rows)
        continue
      }
      const done = await transact(async (run) => {
        await guard(run)
        return ok(
          await removeKept(
            run,
            kind,
            some.map((l) => l.externalId),
            `${source.name} has it no longer`,
          ),
        )
      })
      if (!done.ok) for (const l of some) note(l, {}, done)
      else for (const one of done.value) note(byId.get(one.kept.principalId) as LinkDigest, { deleted: 1 }, one)
    }
  }
  return { counts, findings }
}

/** Whoever is gone, and is only to be turned off: as if the source had said so. */
async function turnOff(run: Run, gone: readonly LinkDigest[]): Promise<readonly Result<Provisioned>[]> {
  await guard(run)
  const rows = new Map(
    (
      await lockKept(
        run.tx,
        run.source.id,
        'user',
        gone.map((l) => l.externalId),
      )
    ).map((r) => [r.externalId, r]),
  )
  return provisionUsers(
    run,
    gone.map((l): IncomingUser => {
      const row = rows.get(l.externalId)
      return {
        externalId: l.externalId,
        userName: row?.upn ?? l.name,
        displayName: row?.displayName ?? l.name,
        mail: row?.mail ?? null,
        active: false,
        attributes: {},
        doc: {},
      }
    }),
  )
}

async function standingOf(ctx: Ctx, sourceId: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const map = new Map<string, Set<string>>()
  for (const { groupId, principalId } of await selectStanding(ctx.db, sourceId)) {
    const set = map.get(groupId) ?? new Set()
    map.set(groupId, set.add(principalId))
  }
  return map
}

/** Gives people their managers, once everybody is there. */
async function managers(transact: Transact, read: readonly ReadUser[], ids: ReadonlyMap<string, string>): Promise<Result<true>> {
  for (const some of chunks(read)) {
    const done = await transact(async ({ tx }) => {
      const rows = some.flatMap((u) => {
        const id = ids.get(u.externalId)
        return id === undefined ? [] : [{ id, managerId: (u.manager === null ? undefined : ids.get(u.manager)) ?? null }]
      })
      await writeManagers(tx, rows)
      await breakCircles(
        tx,
        rows.filter((r) => r.managerId !== null).map((r) => r.id),
      )
      return ok(true as const)
    })
    if (!done.ok) return done
  }
  return ok(true)
}

/**
 * Makes what stands here agree with a reading. Faults: `TooManyLost` before anything is written, `InvalidSourceToken` where the source
 * was disabled or removed meanwhile; what is refused of one alone is a finding.
 */
export async function applyReading(
  ctx: Ctx,
  source: Source,
  reading: Reading,
  terms: SyncTerms,
  transact: Transact,
): Promise<Result<SyncDone>> {
  const kept = await selectDigests(ctx.db, source.id)
  const todo = compare(reading, kept, await standingOf(ctx, source.id), terms)
  const braked = terms.override ? null : lossBrake(todo.losses, terms.share)
  if (braked) return refuse(braked)
  const left = await leave(transact, source, todo.gone, terms)
  let counts = left.counts
  const findings = [...left.findings]
  const ids = new Map(kept.map((l) => [l.externalId, l.principalId]))
  const take = <T extends { readonly externalId: string }>(
    kind: SourceFinding['kind'],
    batch: readonly T[],
    answers: readonly Result<Provisioned>[],
    name: (one: T) => string,
  ) => {
    for (const [i, answer] of answers.entries()) {
      const one = batch[i] as T
      if (!answer.ok) findings.push(finding(kind, one.externalId, name(one), answer.fault))
      else {
        counts = addCounts(counts, answer.value.did)
        ids.set(one.externalId, answer.value.principalId)
      }
    }
  }
  for (const some of chunks(todo.users))
    take('user', some, await eachOf(transact, terms, some.map(userOf), provisionUsers), (u) => u.userName)
  const there = await managers(transact, todo.users, ids)
  if (!there.ok) return there
  for (const some of chunks(todo.groups))
    take('group', some, await eachOf(transact, terms, some.map(groupOf), provisionGroups), (g) => g.displayName)
  for (const g of todo.filling.filter((one) => ids.has(one.externalId))) {
    // Whoever is in no list of ours is outside of what is read.
    const exactly = g.members.flatMap((m) => ids.get(m) ?? [])
    const done = await transact((run) => provisionMembers(run, { externalId: g.externalId }, { exactly }))
    if (done.ok) counts = addCounts(counts, { joined: done.value.joined, left: done.value.left })
    else if (done.fault.code !== 'ResourceNotFound') findings.push(finding('member', g.externalId, g.displayName, done.fault))
  }
  return ok({ counts, findings })
}

export const refusedAsWhole = (findings: readonly SourceFinding[]): Fault =>
  fault('InvalidImport', {
    detail: findings
      .slice(0, 20)
      .map((f) => `\`${f.name}\`: ${f.words}`)
      .join('; '),
  })
