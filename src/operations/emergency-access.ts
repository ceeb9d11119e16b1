// Accounts for emergencies: made, given a new secret and unmade by the operator of the machine, who needs no token; signed in to when
// everything else is down. Nothing here asks an identity provider, a mail server or a target.

import { randomBytes } from 'node:crypto'
import { GLOBAL_ADMINISTRATOR } from '../domain/access/directory-roles.ts'
import { readSealed, writeSealed } from '../domain/access/sealed-secret.ts'
import { fault } from '../domain/faults.ts'
import { PLAIN_ASK } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import {
  type Candidate,
  type DrillRow,
  dropSealedSecret,
  type EmergencyRow,
  lockCandidate,
  markEmergency,
  selectEmergency,
  selectLastDrill,
  selectSealedSecret,
  writeSealedSecret,
} from '../store/emergency.ts'
import type { Sql } from '../store/sql.ts'
import { toldEvent } from './administer.ts'
import { authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { fits, hashPassword } from './password.ts'
import { endSignIns } from './revoke-sign-ins.ts'
import { submitRequest } from './submit-request.ts'

const OPERATOR: Call['actor'] = { t: 'system', part: 'import' }
const BYTES = 32
/** One may be ill, or its paper lost. */
export const FEWEST = 2

export interface EmergencyAccount extends EmergencyRow {
  /** What stands in the way of its use, in words. */
  readonly problems: readonly string[]
}

export interface EmergencyAccess {
  readonly accounts: readonly EmergencyAccount[]
  readonly warnings: readonly string[]
  readonly lastDrill: DrillRow | null
}

const problemsOf = (a: EmergencyRow): readonly string[] => [
  ...(a.enabled ? [] : ['it is disabled']),
  ...(a.administrator ? [] : ['it is no permanent active Global Administrator']),
  ...(a.sealedAt !== null || a.passkeys > 0 ? [] : ['it has no way in: `stint break-glass rotate` makes a sealed secret']),
]

/** The accounts for emergencies, what is wrong with them, and the last drill. For the machine's operator, who needs no leave. */
export async function emergencyAccess(ctx: Ctx): Promise<EmergencyAccess> {
  const rows = await selectEmergency(ctx.db, ctx.now())
  const accounts = rows.map((a) => ({ ...a, problems: problemsOf(a) }))
  const usable = accounts.filter((a) => a.problems.length === 0).length
  const few = `${usable === 0 ? 'no account' : 'only one account'} for emergencies can be used: there should be ${FEWEST} or more (\`stint break-glass add\`)`
  return { accounts, warnings: usable < FEWEST ? [few] : [], lastDrill: await selectLastDrill(ctx.db) }
}

/** The same, for whoever may read roles. Fault: `Forbidden`. */
export async function readEmergencyAccess(ctx: Ctx, call: Call): Promise<Result<EmergencyAccess>> {
  const allowed = await authorizeRead(ctx, call, 'directory', '/')
  return allowed.ok ? ok(await emergencyAccess(ctx)) : allowed
}

export interface Unsealed {
  readonly id: string
  readonly upn: string
  /** Shown once, kept nowhere. */
  readonly secret: string
}

const unfit = (detail: string) => refuse(fault('InvalidEmergencyAccount', { detail }))

async function tell(ctx: Ctx, tx: Sql, id: string, action: string, now: Instant): Promise<void> {
  const call = { actor: OPERATOR, correlationId: ctx.ids() }
  const about = { subject: 'emergencyAccess', subjectId: id, action, principalId: id }
  await record(tx, [toldEvent(ctx, call, now, 'change', about)], now)
}

/** Why somebody cannot be an account for emergencies, or null. */
function objection(c: Candidate): string | null {
  if (!c.enabled) return `\`${c.upn}\` is disabled`
  if (c.foreign) return `\`${c.upn}\` is kept by a source or known to an identity provider: it must be there when they are not`
  return null
}

/** Runs an edit of one account, held still. Faults: `SubjectNotFound`, and those of the edit. */
const editing = <T>(ctx: Ctx, upn: string, edit: (tx: Sql, c: Candidate, now: Instant) => Promise<Result<T>>): Promise<Result<T>> =>
  ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const found = await lockCandidate(tx, upn, now)
    return found ? edit(tx, found, now) : refuse(fault('SubjectNotFound', { id: upn }))
  })

async function assignAdministrator(ctx: Ctx, principalId: string): Promise<Result<unknown>> {
  const call = { actor: OPERATOR, correlationId: ctx.ids() }
  return submitRequest(ctx, call, {
    ...PLAIN_ASK,
    privilege: { plane: 'directory', scope: '/', role: GLOBAL_ADMINISTRATOR },
    level: 'Assignment',
    action: 'adminAssign',
    principalId,
    schedule: { start: null, type: 'NoExpiration', duration: null, end: null },
    justification: 'an account for emergencies, by the operator of the machine',
  })
}

async function newSecret(tx: Sql, id: string, made: { readonly digest: string }, now: Instant): Promise<void> {
  await writeSealedSecret(tx, id, made.digest, now)
  // Whoever had the old one, or another way in, is out.
  await endSignIns(tx, id, now)
}

/** Outside of a transaction, since the hash takes its time. */
async function makeSecret() {
  const secret = writeSealed(randomBytes(BYTES))
  return { secret, digest: await hashPassword(readSealed(secret) ?? '') }
}

export interface EmergencyInput {
  readonly upn: string
  /** Give Global Administrator, permanently active, to an account that has not got it. */
  readonly assign: boolean
}

/**
 * Makes a person an account for emergencies and answers its sealed secret. Faults: `SubjectNotFound`, `InvalidEmergencyAccount`, and
 * those of giving the role.
 */
export async function addEmergency(ctx: Ctx, { upn, assign }: EmergencyInput): Promise<Result<Unsealed>> {
  const first = await editing(ctx, upn, async (_, c) => {
    const wrong = c.isEmergencyAccess ? `\`${c.upn}\` is one already: \`stint break-glass rotate\` makes a new secret` : objection(c)
    return wrong === null ? ok(c) : unfit(wrong)
  })
  if (!first.ok) return first
  if (!first.value.administrator && !assign)
    return unfit(`\`${first.value.upn}\` is no permanent active Global Administrator: \`--assign\` makes it one`)
  const given = first.value.administrator ? ok(null) : await assignAdministrator(ctx, first.value.id)
  if (!given.ok) return given
  const made = await makeSecret()
  return editing(ctx, upn, async (tx, c, now) => {
    const wrong = c.isEmergencyAccess ? 'somebody else made it one at the same time' : objection(c)
    if (wrong !== null) return unfit(wrong)
    if (!c.administrator) return unfit(`\`${c.upn}\` is no permanent active Global Administrator any more: start again`)
    await markEmergency(tx, c.id, true)
    await newSecret(tx, c.id, made, now)
    await tell(ctx, tx, c.id, 'addEmergencyAccess', now)
    return ok({ id: c.id, upn: c.upn, secret: made.secret })
  })
}

/** Makes a new sealed secret; the old one, and what was signed in, end at once. Faults: `SubjectNotFound`, `InvalidEmergencyAccount`. */
export async function rotateEmergency(ctx: Ctx, upn: string): Promise<Result<Unsealed>> {
  const made = await makeSecret()
  return editing(ctx, upn, async (tx, c, now) => {
    if (!c.isEmergencyAccess) return unfit(`\`${c.upn}\` is not one: \`stint break-glass add\` makes it one`)
    await newSecret(tx, c.id, made, now)
    await tell(ctx, tx, c.id, 'rotateSealedSecret', now)
    return ok({ id: c.id, upn: c.upn, secret: made.secret })
  })
}

/** Makes it an ordinary account again: its secret and what was signed in end, its roles stay. Faults: as above. */
export const removeEmergency = (ctx: Ctx, upn: string): Promise<Result<{ readonly id: string; readonly upn: string }>> =>
  editing(ctx, upn, async (tx, c, now) => {
    if (!c.isEmergencyAccess) return unfit(`\`${c.upn}\` is none`)
    // Told while it still is one, so that it is told to everybody.
    await tell(ctx, tx, c.id, 'removeEmergencyAccess', now)
    await markEmergency(tx, c.id, false)
    await dropSealedSecret(tx, c.id)
    await endSignIns(tx, c.id, now)
    return ok({ id: c.id, upn: c.upn })
  })

/**
 * Is it the sealed secret of this account for emergencies? The same work for everybody, whether they have one or not. Null: too many are
 * being checked. The caller counts attempts.
 */
export async function checkSealed(ctx: Ctx, personId: string | null, typed: string): Promise<boolean | null> {
  const stored = personId === null ? null : await selectSealedSecret(ctx.db, personId)
  return fits(stored, readSealed(typed) ?? '')
}
