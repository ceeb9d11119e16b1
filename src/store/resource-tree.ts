// The tree of resources as somebody sees it: a place shows to whoever holds or may activate anything at it, above it or below it. One
// statement a page, by keyset on the place's id.

import type { Filter } from '../domain/filter.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import { inForce, standsFor } from './list-sql.ts'
import type { Sql } from './sql.ts'

export interface Place {
  readonly id: string
  readonly kind: string
  readonly displayName: string
  readonly spelling: string
  readonly parent: string | null
  readonly ancestors: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  /** The places above that are no root, from the closest up, as they are spelt and called. */
  readonly above: readonly { readonly spelling: string; readonly displayName: string }[]
}

export interface PlacesQuery {
  /** Whose view; null sees everything. */
  readonly viewer: string | null
  readonly kinds: readonly string[]
  /** Only this place. */
  readonly id: string | null
  /** Only what lies below this place, at any depth. */
  readonly below: string | null
  readonly filter: Filter | null
  /** Only places with this tag, and this value of it where one is named. */
  readonly tag: { readonly name: string; readonly value: string | null } | null
  readonly limit: number
  readonly after: string | null
}

const lastOf = (sql: string) => `regexp_replace(${sql}, '^.*/', '')`

const COLUMNS: Columns = {
  resourcetype: { sql: `c.attributes->>'type'`, type: 'ci' },
  name: { sql: lastOf('c.spelling'), type: 'ci' },
  location: { sql: `c.attributes->>'location'`, type: 'ci' },
  resourcegroup: { sql: `case when split_part(c.id, '/', 4) = 'resourcegroups' then split_part(c.id, '/', 5) end`, type: 'ci' },
  displayname: { sql: 'c.display_name', type: 'ci' },
}

/** What somebody stands at, and all that is above it. */
const seen = (viewer: string, at: string) => `
  held as materialized (
    select distinct s.scope as id from schedules s join principals p on p.id = s.principal_id left join schedules b on b.id = s.basis_id
    where s.principal_id in ${standsFor(viewer, at)} and s.plane = 'resource' and ${inForce(at)}
  ),
  over as materialized (
    select id from held union select unnest(c.ancestors) from held h join scopes c on c.plane = 'resource' and c.id = h.id
  )`

const VISIBLE = '(c.id = any(array(select id from over)) or c.ancestors && array(select id from held))'

const ABOVE = `coalesce((
  select jsonb_agg(jsonb_build_object('spelling', a.spelling, 'displayName', a.display_name) order by u.n)
  from unnest(c.ancestors) with ordinality u(id, n) join scopes a on a.plane = 'resource' and a.id = u.id and a.id <> '/'), '[]')`

/** A page of places in the order of their ids. Fault: `InvalidFilter`. */
export async function selectPlaces(tx: Sql, q: PlacesQuery, now: Instant): Promise<Result<readonly Place[]>> {
  const params = new Params()
  const where = [`c.plane = 'resource' and c.deleted_at is null and c.kind = any(${params.add(q.kinds, '::text[]')})`]
  let view = ''
  if (q.viewer !== null) {
    view = `with ${seen(params.add(q.viewer, '::uuid'), params.add(formatInstant(now), '::timestamptz'))}`
    where.push(VISIBLE)
  }
  if (q.id !== null) where.push(`c.id = ${params.add(q.id, '::text')}`)
  if (q.below !== null) where.push(`c.ancestors @> array[${params.add(q.below, '::text')}]`)
  if (q.tag) {
    const name = params.add(q.tag.name, '::text')
    const value = q.tag.value === null ? null : params.add(q.tag.value, '::text')
    where.push(`exists (select 1 from jsonb_each_text(case when jsonb_typeof(c.attributes->'tags') = 'object' then c.attributes->'tags' else '{}' end) t
      where lower(t.key) = lower(${name})${value === null ? '' : ` and t.value = ${value}`})`)
  }
  if (q.after !== null) where.push(`c.id > ${params.add(q.after, '::text')}`)
  const filter = q.filter && filterSql(q.filter, COLUMNS, params)
  if (filter && !filter.ok) return filter
  if (filter) where.push(filter.value)
  const text = `${view} select c.id, c.kind, c.display_name as "displayName", c.spelling, c.parent, c.ancestors, c.attributes, ${ABOVE} as above
    from scopes c where ${where.join(' and ')} order by c.id limit ${params.add(q.limit, '::int')}`
  return ok(await tx.query<Place & Record<string, unknown>>(text, params.values))
}

const WORDS = { type: `c.attributes->>'type'`, location: `c.attributes->>'location'` } as const

/** The different types, or locations, of what somebody sees below a place: a thousand at most. */
export async function selectWords(
  tx: Sql,
  viewer: string | null,
  below: string,
  of: keyof typeof WORDS,
  now: Instant,
): Promise<readonly string[]> {
  const params = new Params()
  const view = viewer === null ? '' : `with ${seen(params.add(viewer, '::uuid'), params.add(formatInstant(now), '::timestamptz'))}`
  const where = `c.plane = 'resource' and c.deleted_at is null and c.ancestors @> array[${params.add(below, '::text')}] and ${WORDS[of]} is not null`
  const text = `${view} select distinct ${WORDS[of]} as word from scopes c where ${where}${viewer === null ? '' : ` and ${VISIBLE}`} order by 1 limit 1000`
  return (await tx.query<{ word: string }>(text, params.values)).map(({ word }) => word)
}

/** A place, deleted or not, under lock. */
export const lockPlace = async (
  tx: Sql,
  id: string,
): Promise<{ attributes: Record<string, unknown>; deleted: boolean; spelling: string } | null> =>
  (
    await tx.query<{ attributes: Record<string, unknown>; deleted: boolean; spelling: string }>(
      `select attributes, spelling, deleted_at is not null as deleted from scopes where plane = 'resource' and id = $1 for update`,
      [id],
    )
  )[0] ?? null

/** How a place is spelt, and what is above it; null where it is not, or no more. */
export const selectAbove = async (tx: Sql, id: string): Promise<{ spelling: string; ancestors: readonly string[] } | null> =>
  (
    await tx.query<{ spelling: string; ancestors: string[] }>(
      `select spelling, ancestors from scopes where plane = 'resource' and id = $1 and deleted_at is null`,
      [id],
    )
  )[0] ?? null

export interface Standing {
  /** Something at the place or below it is locked. */
  readonly locked: boolean
  /** A privilege there is bound to an entitlement at a target. */
  readonly bound: boolean
  /** Assignments and eligibilities there that have not ended. */
  readonly held: number
}

const HERE = `select id from scopes where plane = 'resource' and (id = $1 or ancestors @> array[$1])`

/** What stands at a place and below it. */
export const standingAt = async (tx: Sql, id: string): Promise<Standing> => {
  const [row] = await tx.query<Standing & Record<string, unknown>>(
    `with here as (${HERE})
     select exists (select 1 from scopes s join here using (id) where s.plane = 'resource' and s.locked and s.deleted_at is null) as locked,
       exists (select 1 from bindings b join here h on h.id = b.scope where b.plane = 'resource') as bound,
       (select count(*) from schedules s join here h on h.id = s.scope
         where s.plane = 'resource' and s.status in ('Granted', 'Provisioned')) as held`,
    [id],
  )
  if (!row) throw new Error('a row of three counts is one row')
  return row
}

/** Marks a place and all below it as gone, and drops the policies that were kept there. Answers how many of each went. */
export const deletePlaces = async (tx: Sql, id: string, now: Instant): Promise<{ places: number; policies: number }> => {
  // As in every deletion: whoever gives something there right now is waited for; whoever comes later finds it gone.
  await tx.query(`select 1 from scopes where plane = 'resource' and id in (${HERE}) order by id for update`, [id])
  const policies = await tx.query(`delete from policies where plane = 'resource' and scope in (${HERE}) returning role`, [id])
  const places = await tx.query(
    `update scopes set deleted_at = $2 where plane = 'resource' and (id = $1 or ancestors @> array[$1]) and deleted_at is null returning id`,
    [id, formatInstant(now)],
  )
  return { places: places.length, policies: policies.length }
}
