// PATCH (RFC 7644, 3.5.2) as senders really send it: operations in any case, paths or dotted names, elements that are not there yet,
// texts where truth belongs. Members of a group are rows, so what is done to them is told apart.

import { fault } from '../../domain/faults.ts'
import { fits, type Test } from '../../domain/identity/filter.ts'
import { formOf } from '../../domain/identity/plan.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { MemberEdit } from '../../operations/identity-members.ts'
import { isObject } from '../body.ts'
import { pick } from '../fields.ts'
import type { Json, JsonObject } from '../json.ts'
import { checking, type Doc, MOST_ELEMENTS, notTooLong, valueFor, Wrong } from './document.ts'
import { parseElementFilter } from './filter.ts'
import { attributeOf, type PatchPath, patchPath } from './path.ts'
import type { ResourceType, ScimAttribute } from './schema.ts'

export interface Patched {
  readonly doc: Doc
  /** In order. */
  readonly members: readonly MemberEdit[]
}

type Op = 'add' | 'replace' | 'remove'
interface Operation {
  readonly op: Op
  readonly path: string | null
  readonly value: Json | undefined
}

const MOST = 1_000
const isRecord = (v: unknown): v is Doc => typeof v === 'object' && v !== null && !Array.isArray(v)

/** The operations of a body. Fault: `MalformedBody`. */
function operationsOf(body: JsonObject): Result<readonly Operation[]> {
  const bad = (detail: string) => refuse(fault('MalformedBody', { detail }))
  const list = pick(body, 'Operations')
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST) return bad(`\`Operations\` is not a list of 1 to ${MOST}`)
  const out: Operation[] = []
  for (const one of list as readonly Json[]) {
    if (!isObject(one)) return bad('an operation is no object')
    const op = pick(one, 'op')
    const word = typeof op === 'string' ? op.toLowerCase() : ''
    if (word !== 'add' && word !== 'replace' && word !== 'remove') return bad('`op` is one of add, replace, remove')
    const path = pick(one, 'path')
    if (path !== null && typeof path !== 'string') return bad('`path` is no text')
    const given = Object.keys(one).find((k) => k.toLowerCase() === 'value')
    out.push({ op: word, path: path === null || path.trim() === '' ? null : path, value: given === undefined ? undefined : one[given] })
  }
  return ok(out)
}

/** What a filter of equalities says an element is, for one that is not there yet; null where it says anything else. */
function elementBy(test: Test): Doc | null {
  if (test.t === 'and') {
    const parts = test.of.map(elementBy)
    return parts.includes(null) ? null : Object.assign({}, ...parts)
  }
  return test.t === 'test' && test.op === 'eq' && test.value !== null ? { [test.at.path.at(-1) ?? '']: test.value } : null
}

const noTarget = (path: string) => new Wrong(`nothing is there that the path \`${path.slice(0, 200)}\` speaks of`, 'noTarget')

function merged(a: ScimAttribute, before: unknown, value: unknown): unknown {
  if (a.type !== 'complex' || !isRecord(before) || !isRecord(value)) return value
  return { ...before, ...value }
}

// Elements are never changed where they are, so that each is written out once, however many operations compare it.
const forms = new WeakMap<object, string | undefined>()

function formOnce(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return formOf(value)
  const known = forms.get(value) ?? formOf(value)
  forms.set(value, known)
  return known
}

function added(list: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  const there = new Set(list.map(formOnce))
  const fresh = more.filter((one) => !there.has(formOnce(one)))
  const first = fresh.some((one) => isRecord(one) && one.primary === true)
  return [...(first ? list.map((one) => (isRecord(one) ? { ...one, primary: false } : one)) : list), ...fresh]
}

/** An attribute that has one value, or a list as a whole. */
function whole(holder: Doc, a: ScimAttribute, op: Op, value: Json | undefined): void {
  const read = op === 'remove' ? undefined : valueFor(a, value)
  if (read === undefined) {
    if (op !== 'add' || !a.multi) delete holder[a.name]
    return
  }
  const before = holder[a.name]
  if (a.multi) holder[a.name] = op === 'add' && Array.isArray(before) ? added(before, read as readonly unknown[]) : read
  else holder[a.name] = merged(a, before, read)
}

/** Elements of a list that a filter chooses. */
function chosen(holder: Doc, a: ScimAttribute, { where, sub }: PatchPath, o: Operation): void {
  if (where === null) return
  const before = holder[a.name]
  const list = Array.isArray(before) ? (before as readonly Doc[]) : []
  const changed = (element: Doc): Doc | null => {
    if (!sub) return o.op === 'remove' ? null : ({ ...element, ...(valueFor({ ...a, multi: false }, o.value) as Doc | undefined) } as Doc)
    const next = { ...element }
    whole(next, sub, o.op, o.value)
    return Object.keys(next).length === 0 || (sub.name === 'value' && next.value === undefined) ? null : next
  }
  const hits = list.filter((element) => fits(where, element))
  if (hits.length === 0) {
    if (o.op === 'remove') return
    const made = elementBy(where)
    const fresh = made && changed(valueFor({ ...a, multi: false }, made) as Doc)
    if (!fresh) throw noTarget(o.path ?? '')
    holder[a.name] = [...list, fresh]
    return
  }
  const next = list.flatMap((element) => (hits.includes(element) ? (changed(element) ?? []) : [element]))
  if (next.length === 0) delete holder[a.name]
  else holder[a.name] = next
}

function document(doc: Doc, path: PatchPath, o: Operation): void {
  const chain = [...path.chain]
  const last = chain.pop() as ScimAttribute
  if ([...path.chain, path.sub].some((a) => a?.mutability === 'readOnly'))
    throw new Wrong(`\`${last.name}\` is not for others to write`, 'mutability')
  if (last.mutability === 'writeOnly') return
  const last2 = chain.at(-1)
  if (last2?.multi) throw new Wrong(`choose an element of \`${last2.name}\``, 'invalidPath')
  let holder = doc
  for (const a of chain) {
    const next = { ...(isRecord(holder[a.name]) ? (holder[a.name] as Doc) : {}) }
    holder[a.name] = next
    holder = next
  }
  if (path.where) chosen(holder, last, path, o)
  else whole(holder, last, o.op, o.value)
  // Piece by piece a list grows no longer than it may be at once.
  const list = holder[last.name]
  if (Array.isArray(list) && list.length > MOST_ELEMENTS) throw new Wrong(`\`${last.name}\` has more than ${MOST_ELEMENTS} values`)
  const outer = chain[0]
  if (outer && isRecord(doc[outer.name]) && Object.keys(doc[outer.name] as Doc).length === 0) delete doc[outer.name]
}

const MEMBERS = 'members'

/** Ids of members, as an operation names them. */
function memberIds(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? (value as readonly Json[]) : [value]).map((one) => {
    const id = isObject(one) ? pick(one, 'value') : one
    if (typeof id !== 'string') throw new Wrong('a member is named by its `value`')
    return id.toLowerCase()
  })
}

/** The ids that a filter of a path names: `members[value eq "…"]`, several with `or`. */
function named(test: Test): readonly string[] {
  if (test.t === 'or') return test.of.flatMap(named)
  if (test.t === 'test' && test.op === 'eq' && test.at.key === 'value' && typeof test.value === 'string') return [test.value.toLowerCase()]
  throw new Wrong('members are chosen by `value eq`', 'invalidFilter')
}

function memberEdit(path: PatchPath, o: Operation): MemberEdit {
  if (path.where) {
    if (o.op !== 'remove') throw new Wrong('a member is put in or taken out, not changed', 'mutability')
    return { remove: named(path.where) }
  }
  const ids = memberIds(o.value)
  if (o.op === 'add') return { add: ids }
  if (o.op === 'replace') return { exactly: ids }
  return ids.length > 0 ? { remove: ids } : { exactly: [] }
}

/** A body without a path speaks of many attributes; each name is a path. */
function spread(o: Operation, type: ResourceType): readonly Operation[] {
  if (o.path !== null) return [o]
  if (o.op === 'remove') throw new Wrong('`remove` needs a path', 'noTarget')
  if (!isObject(o.value)) throw new Wrong('without a path the value is an object')
  return Object.entries(o.value).flatMap(([path, value]) => {
    const known = attributeOf(path.replace(/\[.*$/s, ''), type)
    // Unknown names and what is ours to say are passed over, as in a whole body.
    if (!known || known.chain.some((a) => a.mutability === 'readOnly')) return []
    return [{ op: o.op, path, value: value as Json }]
  })
}

/** Applies a PATCH to a document. Faults: `MalformedBody`, `InvalidPath`, `InvalidObject`. */
export function patched(type: ResourceType, before: Doc, body: JsonObject): Result<Patched> {
  const operations = operationsOf(body)
  if (!operations.ok) return operations
  const doc = structuredClone(before)
  const members: MemberEdit[] = []
  const all = checking(() => operations.value.flatMap((o) => spread(o, type)))
  if (!all.ok) return all
  for (const o of all.value) {
    const path = patchPath(o.path ?? '', type, parseElementFilter)
    if (!path.ok) return path
    const done = checking(() => {
      if (path.value.chain[0]?.name === MEMBERS) members.push(memberEdit(path.value, o))
      else document(doc, path.value, o)
    })
    if (!done.ok) return done
  }
  const short = checking(() => notTooLong(doc))
  return short.ok ? ok({ doc, members }) : short
}

/** The members of a whole body; null where it says nothing of them. Fault: `InvalidObject`. */
export const membersOf = (body: JsonObject): Result<readonly string[] | null> =>
  checking(() => {
    const name = Object.keys(body).find((k) => k.toLowerCase() === MEMBERS)
    return name === undefined ? null : memberIds(body[name])
  })
