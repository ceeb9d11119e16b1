// A resource as it is kept: only what the schema has, in its spelling, in the kinds of value it says. Senders are taken as they are:
// names in any case, `"False"` for false, one object where a list belongs, a manager as plain text.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { attributeOf } from './path.ts'
import { attributeNamed, type ResourceType, type ScimAttribute } from './schema.ts'

export type Doc = Record<string, unknown>

const LONGEST_TEXT = 4_096
const LONGEST_BINARY = 100_000
export const MOST_ELEMENTS = 200
const LONGEST_DOCUMENT = 512 * 1024

export class Wrong extends Error {
  readonly scimType: string
  constructor(detail: string, scimType = 'invalidValue') {
    super(detail)
    this.scimType = scimType
  }
}

/** Runs what may throw `Wrong`. Fault: `InvalidObject`. */
export function checking<T>(work: () => T): Result<T> {
  try {
    return ok(work())
  } catch (error) {
    if (error instanceof Wrong) return refuse(fault('InvalidObject', { detail: error.message, scimType: error.scimType }))
    throw error
  }
}

const isRecord = (v: unknown): v is Doc => typeof v === 'object' && v !== null && !Array.isArray(v)
const empty = (v: unknown): boolean =>
  v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0) || (isRecord(v) && Object.keys(v).length === 0)

function truth(name: string, v: unknown): boolean {
  if (typeof v === 'boolean') return v
  if (typeof v === 'string' && /^(?:true|false)$/i.test(v.trim())) return v.trim().toLowerCase() === 'true'
  throw new Wrong(`\`${name}\` is not true or false`)
}

function simple(a: ScimAttribute, v: unknown): unknown {
  if (a.type === 'boolean') return truth(a.name, v)
  if (typeof v === 'number' || typeof v === 'boolean') return String(v)
  const most = a.type === 'binary' ? LONGEST_BINARY : LONGEST_TEXT
  if (typeof v !== 'string' || v.length > most) throw new Wrong(`\`${a.name}\` is not a text of at most ${most} characters`)
  return v
}

/** One element: complex, or simple; a bare value stands for an element's `value`. */
function single(a: ScimAttribute, v: unknown): unknown {
  if (a.type !== 'complex') return simple(a, v)
  if (!isRecord(v)) {
    const value = attributeNamed(a.sub, 'value')
    if (!value || Array.isArray(v)) throw new Wrong(`\`${a.name}\` is not an object`)
    return { [value.name]: simple(value, v) }
  }
  return record(a.sub, v)
}

/** The value of an attribute in the schema's form; undefined for one that is empty. */
export function valueFor(a: ScimAttribute, v: unknown): unknown {
  if (empty(v)) return undefined
  if (!a.multi) {
    // A list of one where one belongs.
    const one = single(a, Array.isArray(v) && v.length === 1 ? v[0] : v)
    return empty(one) ? undefined : one
  }
  const list = (Array.isArray(v) ? v : [v]).filter((one) => !empty(one)).map((one) => single(a, one))
  // Members are rows and have a limit of their own.
  if (list.length > MOST_ELEMENTS && a.name !== 'members') throw new Wrong(`\`${a.name}\` has more than ${MOST_ELEMENTS} values`)
  return empty(list) ? undefined : primaryOnce(list)
}

/** The last that is marked as the first choice is. */
function primaryOnce(list: readonly unknown[]): readonly unknown[] {
  const last = list.findLastIndex((one) => isRecord(one) && one.primary === true)
  return list.map((one, i) => (isRecord(one) && one.primary === true && i !== last ? { ...one, primary: false } : one))
}

function record(attributes: readonly ScimAttribute[], v: Doc): Doc {
  const out: Doc = {}
  for (const [name, value] of Object.entries(v)) {
    const a = attributeNamed(attributes, name)
    // What the schema does not have, what we say ourselves and what is never kept.
    if (a?.mutability !== 'readWrite') continue
    const read = valueFor(a, value)
    if (read !== undefined) out[a.name] = read
  }
  return out
}

/** All that is kept of somebody: each part may be long, and not all of them. Throws `Wrong`. Members are rows. */
export function notTooLong({ members: _, ...doc }: Doc): Doc {
  if (JSON.stringify(doc).length > LONGEST_DOCUMENT) throw new Wrong(`it is longer than ${LONGEST_DOCUMENT} characters`)
  return doc
}

/** A whole resource of a body. Names may be dotted, or begin with a URN. Fault: `InvalidObject`. */
export const documentOf = (type: ResourceType, body: Doc): Result<Doc> =>
  checking(() => {
    const plain: Doc = {}
    for (const [name, value] of Object.entries(body)) {
      const named = attributeOf(name, type)
      if (!named || named.chain.length < 2) plain[name] = value
      else if (named.chain.length === 2) {
        const [outer, inner] = named.chain as [ScimAttribute, ScimAttribute]
        const key = Object.keys(plain).find((k) => k.toLowerCase() === outer.name.toLowerCase()) ?? outer.name
        const before = plain[key]
        plain[key] = { ...(isRecord(before) ? before : {}), [inner.name]: value }
      }
    }
    return notTooLong(record(type.attributes, plain))
  })
