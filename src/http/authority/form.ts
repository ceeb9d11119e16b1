// Form-encoded bodies, bounded, each name once.

import type { Context } from 'hono'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { bodySource, readBytes } from '../body.ts'

export type Form = Readonly<Record<string, string | undefined>>

const LIMIT = 48 * 1024
const bad = (detail: string) => refuse(fault('InvalidSignIn', { detail }))

/** Pairs as a form; a name twice is refused, since two readers might take two different ones. Fault: `InvalidSignIn`. */
export function formOf(pairs: URLSearchParams): Result<Form> {
  const form: Record<string, string> = Object.create(null)
  for (const [name, value] of pairs) {
    if (name in form) return bad(`\`${name.slice(0, 50)}\` appears twice`)
    if (value.includes('\0')) return bad('it holds NUL')
    form[name] = value
  }
  return ok(form)
}

/** The form of a request. Faults: `InvalidSignIn`, `BodyTooLarge`. */
export async function readForm(c: Context): Promise<Result<Form>> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) return bad('send `application/x-www-form-urlencoded`')
  const bytes = await readBytes(bodySource(c))
  if (!bytes.ok) return bytes
  if (bytes.value.length > LIMIT) return refuse(fault('BodyTooLarge', { limit: LIMIT }))
  return formOf(new URLSearchParams(Buffer.from(bytes.value).toString('utf8')))
}
