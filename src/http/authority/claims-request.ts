// The `claims` parameter: that a client can take claims challenges, and what a challenge asked of the sign-in (contract reference, 19).

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { isObject } from '../body.ts'
import { type Json, type JsonObject, parseJson } from '../json.ts'

export interface Wanted {
  /** The client says that it understands challenges. */
  readonly capable: boolean
  /** Authentication contexts that must be satisfied. */
  readonly contexts: readonly string[]
  /** Authentication methods that must have been used. */
  readonly methods: readonly string[]
  /** The one request that the proof is to be made for (`bindingOf`). */
  readonly bound: string | null
}

export const NOTHING_WANTED: Wanted = { capable: false, contexts: [], methods: [], bound: null }
const LONGEST = 4_000

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

/** The values of one claim that is asked for. */
function valuesOf(claim: Json | undefined): readonly string[] {
  const { value, values } = object(claim)
  return [value, ...(Array.isArray(values) ? values : [])].filter((one): one is string => typeof one === 'string')
}

/** Reads the parameter. Fault: `InvalidSignIn`. */
export function wantedClaims(text: string | undefined): Result<Wanted> {
  if (text === undefined || text === '') return ok(NOTHING_WANTED)
  const parsed = text.length <= LONGEST ? parseJson(text) : null
  if (!parsed?.ok || !isObject(parsed.value)) return refuse(fault('InvalidSignIn', { detail: '`claims` is no JSON object' }))
  const asked = object(parsed.value.access_token)
  const capable = valuesOf(asked.xms_cc).some((one) => one.toUpperCase() === 'CP1')
  return ok({ capable, contexts: valuesOf(asked.acrs), methods: valuesOf(asked.amr), bound: valuesOf(asked.stint_req)[0] ?? null })
}
