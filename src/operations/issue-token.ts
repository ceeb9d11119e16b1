// What a token on the spot says (D33): who, by which methods, for how long, for which audience. Each one leaves an event; the
// signature is the door's business.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { selectSample, selectSignIn } from '../store/authority-people.ts'
import { type Principal, selectNamed } from '../store/principals.ts'
import { DELEGATED, TOOL } from './app-sign-in.ts'
import type { Ctx } from './context.ts'

export type Audience = 'own' | 'graph' | 'arm'

export interface TokenGrant {
  /** An address, a service principal's name, or an id. */
  readonly as: string
  readonly amr: readonly string[]
  readonly acrs: readonly string[]
  readonly minutes: number
  readonly audience: Audience
  /** Application permissions, for service principals. */
  readonly roles: readonly string[]
  readonly publicUrl: string
}

const AUDIENCES: Readonly<Record<Audience, (publicUrl: string) => string>> = {
  own: (publicUrl) => publicUrl,
  graph: () => 'https://graph.microsoft.com',
  arm: () => 'https://management.azure.com',
}

/** What the tool's tokens name: who is signed in, and all that it may ask for. */
const SCOPES = ['openid', 'profile', ...DELEGATED].join(' ')

const ofPerson = (p: Principal, grant: TokenGrant, now: number, generation: number) => ({
  idtyp: 'user' as const,
  appid: TOOL,
  scp: SCOPES,
  amr: grant.amr,
  acrs: grant.acrs,
  auth_time: now,
  ses_gen: generation,
  name: p.displayName,
  ...(p.upn === null ? {} : { upn: p.upn, unique_name: p.upn }),
})

const ofProgram = (p: Principal, grant: TokenGrant) => ({
  idtyp: 'app' as const,
  appid: p.appId ?? p.id,
  app_displayname: p.displayName,
  roles: grant.roles,
})

/** The claims, once the event is written. Faults: `TokenNeedsSample`, `SubjectNotFound`, `PrincipalNotAllowed`, `InvalidDuration`. */
export async function tokenClaims(ctx: Ctx, grant: TokenGrant) {
  // Whoever holds the machine could sign anything; but a habit of it is a door without a proof (D33).
  if (!(await selectSample(ctx.db))) return refuse(fault('TokenNeedsSample'))
  const now = ctx.now()
  if (!Number.isInteger(grant.minutes) || grant.minutes < 1 || grant.minutes > 15)
    return refuse(fault('InvalidDuration', { value: `${grant.minutes} minutes` }))
  const found = await theOne(ctx, grant.as)
  if (!found.ok) return found
  const p = found.value
  await record(ctx.db, [eventOf(ctx, p, grant, now)], now)
  const generation = (await selectSignIn(ctx.db, p.id))?.generation ?? 0
  const aud = AUDIENCES[grant.audience](grant.publicUrl)
  return ok({ aud, oid: p.id, tid: ctx.tenant().id, ...(p.kind === 'user' ? ofPerson(p, grant, now, generation) : ofProgram(p, grant)) })
}

async function theOne(ctx: Ctx, name: string): Promise<Result<Principal>> {
  const found = (await selectNamed(ctx.db, name)).filter((p) => p.kind !== 'group')
  const [p] = found
  if (!p) return refuse(fault('SubjectNotFound', { id: name }))
  if (found.length > 1)
    return refuse(fault('PrincipalNotAllowed', { detail: `\`${name}\` is the name of several: give the address or the id` }))
  return p.enabled ? ok(p) : refuse(fault('PrincipalNotAllowed', { detail: `\`${name}\` is disabled` }))
}

const eventOf = (ctx: Ctx, p: Principal, grant: TokenGrant, at: number) => ({
  id: ctx.ids(),
  at,
  kind: 'change' as const,
  machine: null,
  from: null,
  to: null,
  subject: 'token',
  subjectId: p.id,
  actorKind: 'system' as const,
  actorId: null,
  plane: null,
  scope: null,
  role: null,
  principalId: p.id,
  level: null,
  action: 'issue',
  requestId: null,
  correlationId: ctx.ids(),
  reason: null,
  data: {
    amr: grant.amr.join(','),
    acrs: grant.acrs.join(','),
    minutes: grant.minutes,
    audience: grant.audience,
    roles: grant.roles.join(','),
  },
})
