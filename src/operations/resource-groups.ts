// Resource groups, made, changed and deleted. Deleting one ends what is held in it, so it is an act of authority like any other: judged,
// evented, and refused where something outside still hangs on the group.

import { requireAuthority } from '../domain/access/authority.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { addScopes } from '../store/directory-rows.ts'
import { loadFacts } from '../store/facts.ts'
import { deletePlaces, lockPlace, type Place, selectAbove, selectPlaces, standingAt } from '../store/resource-tree.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface GroupInput {
  /** The subscription, in canonical form. */
  readonly subscription: string
  /** As it is to be shown. */
  readonly name: string
  readonly location: string | null
  /** Null leaves them as they are. */
  readonly tags: Readonly<Record<string, string>> | null
}

const NAME = /^[-\w.()]{0,89}[-\w()]$/
const LOCATION = /^[A-Za-z0-9 ]{1,60}$/
const MOST_TAGS = 50

const scopeOf = (subscription: string, name: string): string => `${subscription}/resourcegroups/${name.toLowerCase()}`

const malformed = (detail: string) => refuse(fault('MalformedBody', { detail }))

/** The right at the group, or at the subscription while there is no group yet. */
async function may(ctx: Ctx, tx: Sql, call: Call, subscription: string, scope: string, verb: 'write' | 'delete'): Promise<Result<true>> {
  const now = ctx.now()
  const [above, here] = await loadFacts(
    tx,
    [subscription, scope].map((at) => queryOfCaller(call, 'resource', at)),
    ctx.settings(),
    now,
  )
  const facts = here?.scope ? here : above
  if (!facts || !above?.scope) return refuse(fault('ResourceNotFound', { id: subscription }))
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  const action = `Microsoft.Resources/subscriptions/resourceGroups/${verb}`
  return requireAuthority(call.actor, facts.actor, { t: 'action', action }, here?.scope ? scope : subscription, now)
}

async function placeAt(tx: Sql, id: string, now: Instant): Promise<Place> {
  const query = { viewer: null, kinds: ['resourcegroup'], id, below: null, filter: null, tag: null, limit: 1, after: null }
  const found = await selectPlaces(tx, query, now)
  const [place] = found.ok ? found.value : []
  if (!place) throw new Error('a resource group that was just written is there')
  return place
}

const aboutOf = (scope: string, action: string) => ({
  subject: 'scope',
  subjectId: `resource|${scope}`,
  action,
  at: { plane: 'resource', scope, role: '' },
})

/**
 * Makes a resource group or changes its tags. Faults: `MalformedBody` (name, location, tags), `ResourceNotFound` for the subscription,
 * `Forbidden`, `InvalidResourceGroupLocation` (a place does not move), `ResourceGroupBeingDeleted`, `ResourceIsLocked`.
 */
export async function writeResourceGroup(ctx: Ctx, call: Call, input: GroupInput): Promise<Result<{ place: Place; created: boolean }>> {
  const { subscription, name, location, tags } = input
  if (!NAME.test(name))
    return malformed('a resource group has 1 to 90 letters, digits, `-`, `_`, `.`, `(` or `)`, and does not end with a dot')
  if (location !== null && !LOCATION.test(location)) return malformed('`location` is not the name of a location')
  if (tags && Object.keys(tags).length > MOST_TAGS) return malformed(`a resource group has at most ${MOST_TAGS} tags`)
  const scope = scopeOf(subscription, name)
  const about = aboutOf(scope, 'writeResourceGroup')
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<{ place: Place; created: boolean }>>> => {
    const [old, above] = [await lockPlace(tx, scope), await selectAbove(tx, subscription)]
    if (!above) return refuse(fault('ResourceNotFound', { id: subscription }))
    const created = !old || old.deleted
    const standing = await standingAt(tx, scope)
    // What was held in a group that is gone must not come to life with a new one of its name.
    if (created && (standing.held > 0 || standing.bound)) return refuse(fault('ResourceGroupBeingDeleted', { id: scope }))
    if (!created && standing.locked) return refuse(fault('ResourceIsLocked', { scope }))
    const before = created ? {} : old.attributes
    const place = String(before.location ?? location ?? '')
    if (place === '') return malformed('`location` is required')
    if (location !== null && place.toLowerCase() !== location.toLowerCase())
      return refuse(fault('InvalidResourceGroupLocation', { id: name, location: place }))
    const attributes = { ...before, location: place, tags: tags ?? before.tags ?? {} }
    const same = !created && JSON.stringify(attributes) === JSON.stringify(before)
    if (same) return ok({ value: { place: await placeAt(tx, scope, now), created }, told: null })
    const spelling = created ? `${above.spelling}/resourceGroups/${name}` : old.spelling
    const row = { plane: 'resource', id: scope, kind: 'resourcegroup', displayName: spelling.slice(spelling.lastIndexOf('/') + 1) } as const
    await addScopes(tx, [{ ...row, spelling, parent: subscription, ancestors: [subscription, ...above.ancestors], attributes }])
    const data = { created, location: place, tags: JSON.stringify(attributes.tags).slice(0, 4_000) }
    return ok({ value: { place: await placeAt(tx, scope, now), created }, told: { ...about, data } })
  }
  return administer(ctx, call, about, edit, {}, `scope ${scope}`, (tx) => may(ctx, tx, call, subscription, scope, 'write'))
}

/**
 * Deletes a resource group and what is in it; what is held there ends with it (behaviour 2.7). Faults: `ResourceNotFound`, `Forbidden`,
 * `ResourceIsLocked`, `AlreadyBound` while a target's entitlement hangs on it.
 */
export async function deleteResourceGroup(ctx: Ctx, call: Call, subscription: string, name: string): Promise<Result<{ places: number }>> {
  const scope = scopeOf(subscription, name)
  const about = aboutOf(scope, 'deleteResourceGroup')
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<{ places: number }>>> => {
    const old = await lockPlace(tx, scope)
    if (!old || old.deleted) return refuse(fault('ResourceNotFound', { id: scope }))
    const { locked, bound, held } = await standingAt(tx, scope)
    if (locked) return refuse(fault('ResourceIsLocked', { scope }))
    if (bound) return refuse(fault('AlreadyBound', { detail: `\`${scope}\` is bound to an entitlement at a target: unbind it first` }))
    const gone = await deletePlaces(tx, scope, now)
    return ok({ value: { places: gone.places }, told: { ...about, data: { ...gone, held } } })
  }
  return administer(ctx, call, about, edit, {}, `scope ${scope}`, (tx) => may(ctx, tx, call, subscription, scope, 'delete'))
}
