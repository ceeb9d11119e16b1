// What people are signed in to. A session begins when somebody has proved who they are; it carries the evidence, and whatever is issued
// on it is judged by that. It ends by time, by its owner, by an administrator, or with the person.

import { type AuthenticationContext, type Lack, lacksFor } from '../domain/access/strength.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { HOUR, type Instant } from '../domain/time.ts'
import {
  addSession,
  type EvidenceRow,
  endSession,
  joinGrant,
  type SessionRow,
  selectSessionOfCookie,
  selectSessionOfGrant,
  selectSessions,
} from '../store/sessions.ts'
import type { Sql } from '../store/sql.ts'
import { administer, toldEvent } from './administer.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { mayWriteUser } from './directory-common.ts'
import { recordOwn } from './own-notices.ts'
import { hashOf } from './secret-hash.ts'

export type Evidence = EvidenceRow
export type Session = SessionRow

/** An application's lives as long as its refresh tokens; a browser's own pages for a working day. */
const LIFE = { app: 24 * HOUR, pages: 10 * HOUR } as const
const MOST_SHOWN = 100

const WANTING: Readonly<Record<Lack, string>> = {
  strength: 'this needs a stronger method: use a passkey, or a second factor',
  age: 'this needs a fresh sign-in: start again in the application',
  network: 'this is not offered from your network',
  device: 'this needs a device that your organization manages',
}

export interface NewSession {
  readonly personId: string
  readonly evidence: Evidence
  /** Null for our own pages. */
  readonly appId: string | null
  readonly address: string | null
  readonly agent: string | null
  readonly correlationId: string
  /** How they signed in, for the event: `password`, `passkey`, … */
  readonly by: string
  /** The browser's cookie; its hash is kept. */
  readonly cookie?: string
}

/** Begins a session within a transaction, with its event. Answers its id. */
export async function beginSession(ctx: Ctx, tx: Sql, s: NewSession): Promise<string> {
  const { evidence, personId, appId, address } = s
  const now = ctx.now()
  const id = ctx.ids()
  const row = { id, principalId: personId, appId, address, agent: s.agent?.slice(0, 200) ?? null, beganAt: now, seenAt: now }
  const endsAt = now + (appId === null ? LIFE.pages : LIFE.app)
  await addSession(tx, { ...evidence, ...row, endsAt }, s.cookie === undefined ? null : hashOf(s.cookie))
  const proof = { amr: evidence.methods, acrs: [], at: evidence.provenAt }
  const actor = { t: 'user', id: personId, proof, scopes: null, app: appId, ip: address } as const
  const about = { subject: 'person', subjectId: personId, action: 'signIn', principalId: personId }
  const data = { by: s.by, app: appId ?? '', methods: evidence.methods.join(','), address: address ?? '', session: id }
  await recordOwn(ctx, tx, toldEvent(ctx, { actor, correlationId: s.correlationId }, now, 'change', { ...about, data }), address, s.by)
  return id
}

/** Joins a session to the token service's grant that came of it. */
export const joinSession = (ctx: Ctx, id: string, grantId: string): Promise<void> => joinGrant(ctx.db, id, grantId)

/** The live session of a grant, or null. */
export const sessionOfGrant = (ctx: Ctx, grantId: string): Promise<Session | null> => selectSessionOfGrant(ctx.db, grantId, ctx.now())

/** The live session of a browser's cookie, or null. */
export const sessionOfCookie = (ctx: Ctx, cookie: string): Promise<Session | null> =>
  selectSessionOfCookie(ctx.db, hashOf(cookie), ctx.now())

/** The contexts that a session satisfies now: those stated, and those its evidence lacks nothing for. */
export function contextsOf(
  contexts: readonly AuthenticationContext[],
  s: Evidence & { readonly address: string | null },
  now: Instant,
): readonly string[] {
  const evidence = { methods: s.methods, at: s.provenAt, address: s.address, compliantDevice: s.compliantDevice }
  const met = contexts.filter((context) => s.contexts.includes(context.id) || lacksFor(context, evidence, now).length === 0)
  return [...new Set([...s.contexts, ...met.map(({ id }) => id)])]
}

export interface Wish {
  readonly contexts: readonly string[]
  readonly methods: readonly string[]
}

/** What a proof lacks of what an application's challenge wants, in words; null if nothing. */
export function lackOf(ctx: Ctx, wish: Wish, s: Evidence & { readonly address: string | null }): string | null {
  const known = ctx.settings().authenticationContexts
  const method = wish.methods.find((one) => !s.methods.includes(one))
  if (method !== undefined) return WANTING.strength
  for (const id of wish.contexts) {
    const context = known.find((one) => one.id === id)
    if (!context) return 'what the application asks for is not offered here: an administrator must define and enable it'
    if (s.contexts.includes(id)) continue
    const [lack] = lacksFor(
      context,
      { methods: s.methods, at: s.provenAt, address: s.address, compliantDevice: s.compliantDevice },
      ctx.now(),
    )
    if (lack) return WANTING[lack]
  }
  return null
}

const own = (call: Call, personId: string): boolean => call.actor.t === 'user' && call.actor.id === personId
const may = (ctx: Ctx, call: Call, personId: string) =>
  own(call, personId) ? (tx: Sql) => authorizeKnown(ctx, call, tx) : mayWriteUser(ctx, call, personId)

/** What a person is signed in to, the newest first. One's own, or with the right to change the person. Faults: `Forbidden`. */
export async function listSessions(ctx: Ctx, call: Call, personId: string): Promise<Result<readonly Session[]>> {
  const allowed = await may(ctx, call, personId)(ctx.db)
  return allowed.ok ? ok(await selectSessions(ctx.db, personId, ctx.now(), MOST_SHOWN)) : allowed
}

/** Ends one of them, at once. Faults: `Forbidden`, `ResourceNotFound`. */
export function revokeSession(ctx: Ctx, call: Call, personId: string, id: string): Promise<Result<true>> {
  const about = { subject: 'person', subjectId: personId, action: 'revokeSession', principalId: personId, data: { session: id } }
  const edit = async (tx: Sql, now: Instant) =>
    (await endSession(tx, personId, id, now)) ? ok({ value: true as const, told: about }) : refuse(fault('ResourceNotFound', { id }))
  return administer(ctx, call, about, edit, {}, null, may(ctx, call, personId))
}
