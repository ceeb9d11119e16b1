// What a row of the route table is: a function from a read request to an answer. Rows translate; they never judge.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { Call } from '../../operations/context.ts'
import type { Deps } from '../deps.ts'
import type { JsonObject } from '../json.ts'
import type { ArmOptions } from './options.ts'
import type { ArmPath } from './path.ts'

export interface ArmRequest {
  readonly deps: Deps
  readonly call: Call
  readonly path: ArmPath
  /** The scope as privileges hold it: the tenant's root is `/`. */
  readonly scope: string
  /** The scope as sent, aliases resolved; empty at the tenant's root. */
  readonly spelling: string
  /** The alias in front of a subscription, where this version writes it into ids again; else empty. */
  readonly alias: string
  readonly options: ArmOptions
  /** The api-version, lower case. */
  readonly version: string
  /** The path as sent, for the next link. */
  readonly pathname: string
  readonly body: () => Promise<Result<JsonObject>>
}

export interface ArmAnswer {
  readonly status: 200 | 201 | 202 | 204
  readonly body: object | null
  /** Beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>
}

export type Handler = (request: ArmRequest) => Promise<Result<ArmAnswer>>

/** Handlers by method, for each shape of what follows the type: `` is the collection, `{}` stands for a name. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>

export const answered = (body: object | null, status: ArmAnswer['status'] = 200): Result<ArmAnswer> => ok({ status, body })

const PAGE = 200
const MOST = 1_000

export const pageSize = ({ top }: ArmOptions): number => Math.min(Math.max(top ?? PAGE, 1), MOST)

/** What a page's link carries: the values of the last row that its order goes by. */
export type Token = readonly (string | number)[]

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url')

/** Reads a page's token of so many values; null when there is none. Fault: `InvalidCursor`. */
export function readToken(options: ArmOptions, types: readonly ('string' | 'number')[]): Result<Token | null> {
  if (options.skipToken === null) return ok(null)
  try {
    const token: unknown = JSON.parse(Buffer.from(options.skipToken, 'base64url').toString())
    const fits = Array.isArray(token) && token.length === types.length && types.every((type, i) => typeof token[i] === type)
    // The database can hold no NUL, so none of ours has one.
    if (fits && !token.some((part) => String(part).includes('\0'))) return ok(token)
  } catch {
    // Not JSON: not one of ours either.
  }
  return refuse(fault('InvalidCursor'))
}

/** A list's envelope; the next link is absolute, and leads to where this page ended (D28). Management groups call it `@nextLink`. */
export function listed(request: ArmRequest, value: readonly object[], next: Token | null, link = 'nextLink'): Result<ArmAnswer> {
  if (next === null) return answered({ value })
  const kept = request.options.sent.filter(([name]) => name.toLowerCase().replace(/^\$/, '') !== 'skiptoken')
  const query = [...kept, ['$skiptoken', writeToken(next)] as const].map(([name, v]) => `${name}=${encodeURIComponent(v)}`)
  return answered({ value, [link]: `${request.deps.publicUrl}${request.pathname}?${query.join('&')}` })
}
