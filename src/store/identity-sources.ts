// Sources of identities and their tokens, as rows. Of a token only the SHA-256 lies here.

import type { Source, SourceState } from '../domain/identity/source.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

const COLUMNS = `s.id, s.kind, s.name, s.settings, s.adopt, s.enabled, s.state, (extract(epoch from s.created_at) * 1000)::bigint as "createdAt"`

type Row = Source & Record<string, unknown>

export const insertSource = async (tx: Sql, s: Source, nextAt: Instant | null): Promise<void> => {
  await tx.query(
    `insert into identity_sources (id, kind, name, settings, adopt, enabled, next_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      s.id,
      s.kind,
      s.name,
      JSON.stringify(s.settings),
      s.adopt,
      s.enabled,
      nextAt === null ? null : formatInstant(nextAt),
      formatInstant(s.createdAt),
    ],
  )
}

/** A source by its id or its name, whichever it is. */
export const selectSource = async (tx: Sql, id: string | null, name: string): Promise<Source | null> =>
  (
    await tx.query<Row>(
      `select ${COLUMNS} from identity_sources s where ($1::uuid is not null and s.id = $1) or ($1::uuid is null and lower(s.name) = lower($2))`,
      [id, name],
      'identity-source',
    )
  )[0] ?? null

/** The same, held still until the transaction ends. */
export const lockSource = async (tx: Sql, id: string): Promise<Source | null> =>
  (await tx.query<Row>(`select ${COLUMNS} from identity_sources s where s.id = $1 for update`, [id]))[0] ?? null

/** A page of sources, by id. */
export const selectSources = (tx: Sql, after: string | null, limit: number): Promise<readonly Source[]> =>
  tx.query<Row>(
    `select ${COLUMNS} from identity_sources s where ($1::uuid is null or s.id > $1) order by s.id limit $2`,
    [after, limit],
    'identity-sources',
  )

export interface SourceEdit {
  readonly adopt?: boolean
  readonly enabled?: boolean
  readonly settings?: Readonly<Record<string, unknown>>
}

export const updateSource = async (tx: Sql, id: string, e: SourceEdit): Promise<void> => {
  await tx.query(
    `update identity_sources set adopt = coalesce($2, adopt), enabled = coalesce($3, enabled), settings = coalesce($4, settings) where id = $1`,
    [id, e.adopt ?? null, e.enabled ?? null, e.settings === undefined ? null : JSON.stringify(e.settings)],
  )
}

/** Writes what is known of the runs; members that are left out stay. `nextAt` undefined leaves it as it is. */
export const writeSourceState = async (tx: Sql, id: string, state: SourceState, nextAt?: Instant | null): Promise<void> => {
  await tx.query(
    `update identity_sources set state = state || $2::jsonb, next_at = case when $3 then $4::timestamptz else next_at end,
       lease_until = case when $3 then null else lease_until end where id = $1`,
    [id, JSON.stringify(state), nextAt !== undefined, nextAt == null ? null : formatInstant(nextAt)],
  )
}

/** People and groups that a source keeps, and the memberships it put in place. */
export const countKept = async (tx: Sql, id: string): Promise<{ users: number; groups: number; members: number }> =>
  (
    await tx.query<{ users: number; groups: number; members: number }>(
      `select (select count(*) from identity_links where source_id = $1 and kind = 'user')::int as users,
         (select count(*) from identity_links where source_id = $1 and kind = 'group')::int as groups,
         (select count(*) from identity_members where source_id = $1)::int as members`,
      [id],
    )
  )[0] ?? { users: 0, groups: 0, members: 0 }

/** Takes a source away; whom it kept stays, and is anybody's to change again. */
export async function deleteSource(tx: Sql, id: string): Promise<void> {
  await tx.query(
    `update principals set membership = 'assigned' where id in (select principal_id from identity_links where source_id = $1 and kind = 'group')`,
    [id],
  )
  await tx.query('delete from identity_sources where id = $1', [id])
}

/** Claims one source whose reading is due, for `leaseUntil`; null when none is. */
export const claimSource = async (tx: Sql, now: Instant, leaseUntil: Instant): Promise<Source | null> =>
  (
    await tx.query<Row>(
      `update identity_sources s set lease_until = $2 where s.id = (
         select id from identity_sources where next_at <= $1 and enabled and (lease_until is null or lease_until <= $1)
         order by next_at limit 1 for update skip locked)
       returning ${COLUMNS}`,
      [formatInstant(now), formatInstant(leaseUntil)],
      'identity-claim',
    )
  )[0] ?? null

export interface TokenRow {
  readonly id: string
  readonly hint: string
  readonly createdAt: Instant
  readonly endsAt: Instant
  readonly revokedAt: Instant | null
}

export const insertToken = async (tx: Sql, sourceId: string, digest: string, t: TokenRow): Promise<void> => {
  await tx.query(
    `insert into source_tokens (id, source_id, digest, hint, created_at, ends_at) values ($1, $2, decode($3, 'hex'), $4, $5, $6)`,
    [t.id, sourceId, digest, t.hint, formatInstant(t.createdAt), formatInstant(t.endsAt)],
  )
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`

export const selectTokens = (tx: Sql, sourceId: string, limit: number): Promise<readonly TokenRow[]> =>
  tx.query<TokenRow & Record<string, unknown>>(
    `select id, hint, ${ms('created_at')} as "createdAt", ${ms('ends_at')} as "endsAt", ${ms('revoked_at')} as "revokedAt"
     from source_tokens where source_id = $1 order by created_at desc limit $2`,
    [sourceId, limit],
  )

/** True if it stood until now. */
export const revokeTokenRow = async (tx: Sql, sourceId: string, id: string, now: Instant): Promise<boolean> =>
  (
    await tx.query('update source_tokens set revoked_at = $3 where source_id = $1 and id = $2 and revoked_at is null returning 1', [
      sourceId,
      id,
      formatInstant(now),
    ])
  ).length > 0

const BY_TOKEN = `
select t.id as "tokenId", ${COLUMNS} from source_tokens t join identity_sources s on s.id = t.source_id
where t.digest = decode($1, 'hex') and t.revoked_at is null and t.ends_at > $2 and s.enabled`

/** The enabled source that a token opens, if the token stands. */
export const selectByToken = async (tx: Sql, digest: string, now: Instant): Promise<(Source & { readonly tokenId: string }) | null> =>
  (await tx.query<Row & { tokenId: string }>(BY_TOKEN, [digest, formatInstant(now)], 'source-by-token'))[0] ?? null

/** The same within a write: whoever revokes the token waits, or is seen. */
export const holdByToken = async (tx: Sql, digest: string, now: Instant): Promise<Source | null> =>
  (await tx.query<Row>(`${BY_TOKEN} for share of t, s`, [digest, formatInstant(now)], 'source-by-token-held'))[0] ?? null
