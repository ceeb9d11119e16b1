// Code generators (RFC 6238): the second choice. The secret is shown once and lies sealed; it counts from its first code on, and no code
// is taken twice, nor one that is older than the last.

import { Secret, TOTP } from 'otpauth'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { SECOND } from '../domain/time.ts'
import { selectGenerator, takeStep } from '../store/code-generators.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'

const PERIOD = 30
/** Steps that a clock may be ahead or behind. */
const WINDOW = 1
const BYTES = 20

const generatorOf = (secret: string, label: string, issuer: string) =>
  new TOTP({ issuer, label, secret: Secret.fromBase32(secret), period: PERIOD, digits: 6, algorithm: 'SHA1' })

export interface NewGenerator {
  /** Base32, as people type it. */
  readonly secret: string
  /** `otpauth:` address, as apps scan it. */
  readonly uri: string
}

const aboutOf = (personId: string): string => `code generator ${personId}`

export const sealGenerator = (ctx: Ctx, personId: string, secret: string): Buffer => ctx.sealer.seal(secret, aboutOf(personId))

/** What an app needs to make somebody's codes. */
export const describeGenerator = (ctx: Ctx, secret: string, upn: string): NewGenerator => ({
  secret,
  uri: generatorOf(secret, upn, ctx.tenant().displayName.replaceAll(':', ' ')).toString(),
})

/** A new secret: 160 bits. */
export const newGeneratorSecret = (): string => new Secret({ size: BYTES }).base32

/** The step that a code is of, now or a step beside; null if of none. */
export function stepOf(ctx: Ctx, secret: string, code: string): number | null {
  const digits = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return null
  const now = ctx.now()
  const beside = generatorOf(secret, '', '').validate({ token: digits, timestamp: now, window: WINDOW })
  return beside === null ? null : Math.floor(now / SECOND / PERIOD) + beside
}

/** Takes a code of a person's generator, once. Fault: `WrongCode`. */
export async function takeCode(ctx: Ctx, tx: Sql, personId: string, code: string): Promise<Result<true>> {
  const row = await selectGenerator(tx, personId)
  const secret = row?.confirmed ? ctx.sealer.open(row.sealed, aboutOf(personId)) : null
  const step = secret === null ? null : stepOf(ctx, secret, code)
  return step !== null && (await takeStep(tx, personId, step)) ? ok(true) : refuse(fault('WrongCode'))
}

/** The secret of a generator that was begun and shows its first code now, and the step of that code. Fault: `WrongCode`. */
export async function firstCode(ctx: Ctx, tx: Sql, personId: string, code: string): Promise<Result<{ sealed: Buffer; step: number }>> {
  const row = await selectGenerator(tx, personId)
  const step = row && !row.confirmed ? stepOf(ctx, ctx.sealer.open(row.sealed, aboutOf(personId)), code) : null
  return row && step !== null ? ok({ sealed: row.sealed, step }) : refuse(fault('WrongCode'))
}
