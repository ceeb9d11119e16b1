// The tree of resources, read. A place shows to whoever holds or may activate anything at it, above it or below it: who may activate in
// a subscription must be able to find it. What is hidden and what is not there are told apart by nobody.

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Place, type PlacesQuery, selectPlaces, selectWords } from '../store/resource-tree.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { Place } from '../store/resource-tree.ts'

export interface PlacesInput {
  readonly kinds: readonly string[]
  /** Only what lies below this place, which must itself show. */
  readonly below: string | null
  readonly filter?: Filter | null
  readonly tag?: PlacesQuery['tag']
  readonly limit: number
  readonly after: string | null
}

export interface PlacePage {
  readonly items: readonly Place[]
  readonly next: string | null
}

const viewerOf = ({ actor }: Call): string | null => (actor.t === 'system' ? null : actor.id)

const EVERY_KIND = ['tenant', 'managementgroup', 'subscription', 'resourcegroup', 'resource']

/** One place by its canonical id. Faults: `ResourceNotFound`, `Forbidden` for an unknown account. */
export async function readPlace(ctx: Ctx, call: Call, id: string): Promise<Result<Place>> {
  const known = await authorizeKnown(ctx, call)
  if (!known.ok) return known
  const query = { viewer: viewerOf(call), kinds: EVERY_KIND, id, below: null, filter: null, tag: null, limit: 1, after: null }
  const found = await selectPlaces(ctx.db, query, ctx.now())
  if (!found.ok) return found
  const [place] = found.value
  return place ? ok(place) : refuse(fault('ResourceNotFound', { id }))
}

/** A page of places in the order of their ids. Faults: `ResourceNotFound` for what they lie below, `Forbidden`, `InvalidFilter`. */
export async function listPlaces(ctx: Ctx, call: Call, input: PlacesInput): Promise<Result<PlacePage>> {
  const within = input.below === null ? await authorizeKnown(ctx, call) : await readPlace(ctx, call, input.below)
  if (!within.ok) return within
  const { kinds, below, filter = null, tag = null, limit, after } = input
  const query = { viewer: viewerOf(call), kinds, id: null, below, filter, tag, limit: limit + 1, after }
  const found = await selectPlaces(ctx.db, query, ctx.now())
  if (!found.ok) return found
  const items = found.value.slice(0, limit)
  return ok({ items, next: found.value.length > limit ? (items.at(-1)?.id ?? null) : null })
}

/** The different types, or locations, of what the caller sees below a place. Faults: as `readPlace`. */
export async function listWords(ctx: Ctx, call: Call, below: string, of: 'type' | 'location'): Promise<Result<readonly string[]>> {
  const place = await readPlace(ctx, call, below)
  return place.ok ? ok(await selectWords(ctx.db, viewerOf(call), below, of, ctx.now())) : place
}
