// Names of attributes on the wire: `name.familyName`, `urn:…:User:department`, `emails[type eq "work"].value`; in any case, resolved by
// the schema.

import { fault } from '../../domain/faults.ts'
import type { Attribute, Test } from '../../domain/identity/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { attributeNamed, type ResourceType, type ScimAttribute } from './schema.ts'

export interface Named {
  /** From the document down: an extension, an attribute, a part of it. */
  readonly chain: readonly ScimAttribute[]
}

const LONGEST = 400

/** What a dotted name, with or without the URN of a schema, stands for; null for what the schema does not have. */
export function attributeOf(name: string, type: ResourceType): Named | null {
  if (name.length > LONGEST) return null
  const lower = name.toLowerCase()
  for (const urn of type.extensions) {
    if (lower === urn.toLowerCase()) return chainOf([urn], type.attributes)
    // Some senders put a dot where the colon belongs.
    if (lower.startsWith(urn.toLowerCase()) && /[:.]/.test(name.charAt(urn.length)))
      return chainOf([urn, ...name.slice(urn.length + 1).split('.')], type.attributes)
  }
  const core = `${type.schema.toLowerCase()}:`
  return chainOf((lower.startsWith(core) ? name.slice(core.length) : name).split('.'), type.attributes)
}

function chainOf(names: readonly string[], attributes: readonly ScimAttribute[]): Named | null {
  const chain: ScimAttribute[] = []
  let among = attributes
  for (const name of names) {
    const found = attributeNamed(among, name)
    if (!found) return null
    chain.push(found)
    among = found.sub
  }
  return chain.length === 0 ? null : { chain }
}

/** An attribute as filters know it: a list that is named alone means its elements' values. */
export function testable({ chain }: Named): Attribute | null {
  const last = chain.at(-1)
  if (!last) return null
  if (last.type === 'complex') {
    const value = attributeNamed(last.sub, 'value')
    return value ? testable({ chain: [...chain, value] }) : null
  }
  const list = chain.findIndex((a) => a.multi)
  return {
    key: chain.map((a) => a.name).join('.'),
    path: chain.map((a) => a.name),
    list: list < 0 ? null : list + 1,
    type: last.type === 'boolean' ? 'boolean' : last.type === 'dateTime' ? 'dateTime' : 'string',
    exact: last.exact,
  }
}

/** A list, or something complex, as filters know it when they look into it. */
export const listed = ({ chain }: Named): Attribute => ({
  key: chain.map((a) => a.name).join('.'),
  path: chain.map((a) => a.name),
  list: null,
  type: 'string',
  exact: true,
})

export interface PatchPath {
  readonly chain: readonly ScimAttribute[]
  /** Which elements of a list are meant; null for all of it. */
  readonly where: Test | null
  /** Of the elements: the part that is meant. */
  readonly sub: ScimAttribute | null
}

const invalid = (detail: string) => refuse(fault('InvalidPath', { detail }))
const VALUE_PATH = /^([^[\]]+)\[(.*)\](?:\.([^.[\]]+))?$/s

/** The path of a patch. `parse` reads what stands in brackets. Fault: `InvalidPath`. */
export function patchPath(text: string, type: ResourceType, parse: (filter: string, within: Named) => Result<Test>): Result<PatchPath> {
  const trimmed = text.trim()
  const match = VALUE_PATH.exec(trimmed)
  const named = attributeOf(match?.[1]?.trim() ?? trimmed, type)
  if (!named) return invalid(`\`${trimmed.slice(0, 100)}\` is no attribute of a ${type.name}`)
  if (!match) return ok({ chain: named.chain, where: null, sub: null })
  const last = named.chain.at(-1)
  if (!last?.multi) return invalid(`\`${last?.name}\` has one value, and none to choose`)
  const where = parse(match[2] ?? '', named)
  if (!where.ok) return invalid(where.fault.words)
  if (match[3] === undefined) return ok({ chain: named.chain, where: where.value, sub: null })
  const sub = attributeNamed(last.sub, match[3])
  return sub ? ok({ chain: named.chain, where: where.value, sub }) : invalid(`\`${last.name}\` has no \`${match[3].slice(0, 50)}\``)
}
