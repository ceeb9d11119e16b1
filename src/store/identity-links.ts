// Whom a source keeps, as rows: people and groups as they stand, with what the source last said of them.

import type { KeptKind } from '../domain/identity/source.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface KeptRow {
  readonly principalId: string
  readonly externalId: string
  /** What the source calls it, lower case. */
  readonly name: string
  readonly doc: Readonly<Record<string, unknown>>
  readonly active: boolean
  readonly held: boolean
  readonly version: number
  readonly createdAt: Instant
  readonly modifiedAt: Instant
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
  readonly enabled: boolean
  readonly managerId: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly isEmergencyAccess: boolean
  readonly assignableToRole: boolean
  /** Under PIM management: its members come by requests. */
  readonly managed: boolean
  /** Deleted by somebody here. */
  readonly deleted: boolean
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`

/** Columns of `KeptRow`, from `identity_links l` and `principals p`. */
export const KEPT = `l.principal_id as "principalId", l.external_id as "externalId", l.name, l.doc, l.active, l.held, l.version,
  ${ms('l.created_at')} as "createdAt", ${ms('l.modified_at')} as "modifiedAt", p.display_name as "displayName", p.upn, p.mail, p.enabled,
  p.manager_id as "managerId", p.deleted_at is not null as deleted, p.attributes, p.is_emergency_access as "isEmergencyAccess", p.assignable_to_role as "assignableToRole",
  exists (select from scopes c where c.plane = 'group' and c.id = l.principal_id::text and c.managed_at is not null) as managed`

type Row = KeptRow & Record<string, unknown>

/** Those of a source that it names by these ids of its own, or by ours; held still. */
export const lockKept = (
  tx: Sql,
  sourceId: string,
  kind: KeptKind,
  externalIds: readonly string[],
  principalIds: readonly string[] = [],
): Promise<readonly KeptRow[]> =>
  tx.query<Row>(
    `select ${KEPT} from identity_links l join principals p on p.id = l.principal_id
     where l.source_id = $1 and l.kind = $2 and l.principal_id = any(array(
       select k.principal_id from identity_links k where k.source_id = $1 and k.kind = $2 and k.external_id = any($3::text[])
       union all select unnest($4::uuid[])))
     order by l.principal_id for update of p, l`,
    [sourceId, kind, externalIds, principalIds],
    'identity-lock-kept',
  )

/** One that is kept, as a run over everybody compares it. */
export interface LinkDigest {
  readonly kind: KeptKind
  readonly externalId: string
  readonly principalId: string
  readonly name: string
  /** Of what the source said last; null where it never said a whole. */
  readonly digest: string | null
  readonly active: boolean
  readonly enabled: boolean
}

/** Everybody whom a source keeps. As many as the directory has: for a run over all of it. */
export const selectDigests = (tx: Sql, sourceId: string): Promise<readonly LinkDigest[]> =>
  tx.query<LinkDigest & Record<string, unknown>>(
    `select l.kind, l.external_id as "externalId", l.principal_id as "principalId", l.name, l.doc ->> 'digest' as digest, l.active,
       p.enabled and p.deleted_at is null as enabled
     from identity_links l join principals p on p.id = l.principal_id where l.source_id = $1`,
    [sourceId],
  )

/** Which of these principals a source keeps, and may put into a group. */
export const selectKeptAmong = async (tx: Sql, sourceId: string, principalIds: readonly string[]): Promise<ReadonlySet<string>> =>
  new Set(
    (
      await tx.query<{ id: string }>(
        // Each by its own index: a list of thousands is otherwise compared with a list of thousands.
        `select x.id from unnest($2::uuid[]) x(id)
         cross join lateral (select 1 from identity_links l where l.principal_id = x.id and l.source_id = $1 offset 0) l
         cross join lateral (select 1 from principals p where p.id = x.id and not p.is_emergency_access and p.deleted_at is null offset 0) p`,
        [sourceId, principalIds],
      )
    ).map((r) => r.id),
  )

export interface Holder {
  readonly name: string
  readonly id: string
  readonly kind: string
  readonly enabled: boolean
  readonly isEmergencyAccess: boolean
  readonly assignableToRole: boolean
  readonly managed: boolean
  /** The source that keeps it; null where none does. */
  readonly keptBy: string | null
}

const HOLDER = `p.id, p.kind, p.enabled, p.is_emergency_access as "isEmergencyAccess", p.assignable_to_role as "assignableToRole",
  exists (select from scopes c where c.plane = 'group' and c.id = p.id::text and c.managed_at is not null) as managed,
  (select l.source_id from identity_links l where l.principal_id = p.id) as "keptBy"`

/** Whoever answers to these names, lower case; held still. */
export const lockHolders = (tx: Sql, names: readonly string[]): Promise<readonly Holder[]> =>
  tx.query<Holder & Record<string, unknown>>(
    `select n.name, ${HOLDER} from principal_names n join principals p on p.id = n.principal_id
     where n.name = any($1::text[]) order by p.id for update of p`,
    [names],
    'identity-lock-holders',
  )

/** Groups called this, lower case; held still. */
export const lockGroupsNamed = (tx: Sql, names: readonly string[]): Promise<readonly Holder[]> =>
  tx.query<Holder & Record<string, unknown>>(
    `select lower(p.display_name) as name, ${HOLDER} from principals p
     where p.kind = 'group' and lower(p.display_name) = any($1::text[]) and p.deleted_at is null order by p.id for update of p`,
    [names],
    'identity-lock-groups',
  )

export interface LinkWrite {
  readonly kind: KeptKind
  readonly externalId: string
  readonly principalId: string
  readonly name: string
  readonly doc: Readonly<Record<string, unknown>>
  readonly active: boolean
  readonly held: boolean
  readonly adopted: boolean
}

const RECORD = `jsonb_to_recordset($2::jsonb) as r(kind text, "externalId" text, "principalId" uuid, name text, doc jsonb, active boolean,
  held boolean, adopted boolean)`

export const addLinks = async (tx: Sql, sourceId: string, rows: readonly LinkWrite[], now: Instant): Promise<void> => {
  if (rows.length === 0) return
  await tx.query(
    `insert into identity_links (source_id, kind, external_id, principal_id, name, doc, active, held, adopted, created_at, modified_at)
     select $1, kind, "externalId", "principalId", name, doc, active, held, adopted, $3, $3 from ${RECORD}`,
    [sourceId, JSON.stringify(rows), formatInstant(now)],
    'identity-add-links',
  )
}

/** Writes links anew, with their next version. */
export const updateLinks = async (tx: Sql, sourceId: string, rows: readonly LinkWrite[], now: Instant): Promise<void> => {
  if (rows.length === 0) return
  await tx.query(
    `update identity_links l set external_id = r."externalId", name = r.name, doc = r.doc, active = r.active, held = r.held,
       version = l.version + 1, modified_at = $3
     from ${RECORD} where l.source_id = $1 and l.principal_id = r."principalId" and l.principal_id = any($4::uuid[])`,
    [sourceId, JSON.stringify(rows), formatInstant(now), rows.map((r) => r.principalId)],
    'identity-update-links',
  )
}

/** Its members changed: the next version of a group. */
export const touchLink = async (tx: Sql, principalId: string, now: Instant): Promise<void> => {
  await tx.query('update identity_links set version = version + 1, modified_at = $2 where principal_id = $1', [
    principalId,
    formatInstant(now),
  ])
}

/** Nobody keeps it any more. */
export async function dropLink(tx: Sql, principalId: string): Promise<void> {
  await tx.query('delete from identity_members where group_id = $1 or principal_id = $1', [principalId])
  await tx.query('delete from identity_links where principal_id = $1', [principalId])
}

/** Notes that somebody here turned a person off, or on again; true if that was otherwise before. Nothing for whom no source keeps. */
export const holdHere = async (tx: Sql, principalId: string, held: boolean): Promise<boolean> =>
  (await tx.query('update identity_links set held = $2 where principal_id = $1 and held <> $2 returning 1', [principalId, held])).length > 0

/** One that a source keeps, by our id; null for one that is gone. */
export const selectKept = async (tx: Sql, sourceId: string, kind: KeptKind, id: string): Promise<KeptRow | null> =>
  (
    await tx.query<Row>(
      `select ${KEPT} from identity_links l join principals p on p.id = l.principal_id
       where l.source_id = $1 and l.kind = $2 and l.principal_id = $3 and p.deleted_at is null`,
      [sourceId, kind, id],
      'identity-kept',
    )
  )[0] ?? null
