// The published Graph schemas as judges of answers. Reads the shared folder beside this project; where it is missing, `present` is
// false and whoever needs it says so and is skipped.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const GRAPH = resolve(import.meta.dirname, '../../../shared/contracts/graph')
export const present = existsSync(GRAPH)

type Schema = { $defs?: Record<string, object>; components?: { schemas: Record<string, object> }; [key: string]: unknown }
const read = (name: string) => JSON.parse(readFileSync(resolve(GRAPH, name), 'utf8')) as Schema

export interface Operation {
  readonly version: 'v1.0' | 'beta'
  readonly method: string
  readonly path: string
  readonly file: string
  readonly requestSchema: string | null
  readonly responses: Readonly<Record<string, string | null>>
}

/** One row per published operation. */
export const operations = (): readonly Operation[] => read('INDEX.json') as unknown as Operation[]

/** Enumerations are compared ignoring case: the published schema and the service differ in it (contract reference 21). */
function relaxed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relaxed)
  if (typeof schema !== 'object' || schema === null) return schema
  const { enum: words, nullable, ...rest } = schema as { enum?: unknown[]; nullable?: boolean }
  const out = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, relaxed(v)]))
  const plain = words ? { ...out, pattern: `^(?:${words.map(anyCase).join('|')})$` } : out
  // OpenAPI's way of allowing null.
  return nullable === true && 'type' in plain ? { ...plain, type: [plain.type, 'null'] } : plain
}
const anyCase = (word: unknown) => String(word).replace(/[a-z]/gi, (c) => `[${c.toLowerCase()}${c.toUpperCase()}]`)

/** What is wrong with a value by the published type, or null. Properties that the type does not have are no better than wrong ones. */
export type Judge = (type: string, value: object, version: 'v1.0' | 'beta') => string | null

export function judge(): Judge {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  addFormats.default(ajv)
  const known = { 'v1.0': read('schemas-v1.0.json'), beta: read('schemas-beta.json') }
  ajv.addSchema(relaxed({ ...known['v1.0'], $id: 'v1.0' }) as object)
  ajv.addSchema(relaxed({ ...known.beta, $id: 'beta' }) as object)
  // Two types stand only in the OpenAPI file, in its own dialect.
  const openapi = JSON.parse(
    JSON.stringify(read('openapi-v1.0-directory.json').components?.schemas ?? {}).replaceAll('#/components/schemas/', '#/$defs/'),
    (k, v) => (k === 'additionalProperties' ? undefined : v),
  )
  ajv.addSchema(relaxed({ $id: 'openapi', $defs: openapi }) as object)
  const checks = new Map<string, ReturnType<typeof ajv.compile>>()
  const homeOf = (name: string, version: 'v1.0' | 'beta') =>
    [version, 'v1.0' as const].find((v) => known[v].$defs?.[name]) ?? (name in openapi ? 'openapi' : null)
  return (type, value, version) => {
    const name = `microsoft.graph.${type}`
    const home = homeOf(name, version)
    if (home === null) return `there is no published type ${type}`
    const key = `${home}#/$defs/${name}`
    const check =
      checks.get(key) ??
      ajv.compile({ $ref: key, patternProperties: { '@': true }, ...(home === 'openapi' ? {} : { unevaluatedProperties: false }) })
    checks.set(key, check)
    const plain = Object.fromEntries(Object.entries(value).filter(([n]) => !n.startsWith('@odata.context')))
    return check(plain) ? null : ajv.errorsText(check.errors)
  }
}
