// Identity providers, who is whom there, and sign-ins under way there, as rows.

import type { ProviderSettings } from '../domain/access/provider.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface ProviderRow {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly issuer: string
  readonly clientId: string
  readonly enabled: boolean
  readonly settings: ProviderSettings
  /** The source that its people and groups are kept by; null where it brings none. */
  readonly sourceId: string | null
  readonly createdAt: Instant
  readonly hasSecret: boolean
}

const COLUMNS = `p.id, p.name, p.display_name as "displayName", p.issuer, p.client_id as "clientId", p.enabled, p.settings,
  p.source_id as "sourceId", p.created_at as "createdAt", p.secret is not null as "hasSecret"`
type Row = ProviderRow & Record<string, unknown>

/** Providers by name: few, and no more than a hundred are shown. */
export const selectProviders = (tx: Sql, enabledOnly: boolean): Promise<readonly ProviderRow[]> =>
  tx.query<Row>(
    `select ${COLUMNS} from identity_providers p where p.enabled or not $1 order by lower(p.name) limit 100`,
    [enabledOnly],
    'identity-providers',
  )

/** A provider by its id or its name, or null. */
export const selectProvider = async (tx: Sql, word: { readonly id?: string; readonly name?: string }): Promise<ProviderRow | null> =>
  (
    await tx.query<Row>(
      `select ${COLUMNS} from identity_providers p where ($1::uuid is not null and p.id = $1) or ($1::uuid is null and lower(p.name) = lower($2))`,
      [word.id ?? null, word.name ?? ''],
      'identity-provider',
    )
  )[0] ?? null

/** The same by id, held still. */
export const lockProvider = async (tx: Sql, id: string): Promise<ProviderRow | null> =>
  (await tx.query<Row>(`select ${COLUMNS} from identity_providers p where p.id = $1 for update`, [id]))[0] ?? null

/** The same, held still together with others who only look: a provider that is turned off, or a link that is taken away, waits for them. */
export const shareProvider = async (tx: Sql, id: string): Promise<ProviderRow | null> =>
  (await tx.query<Row>(`select ${COLUMNS} from identity_providers p where p.id = $1 for share`, [id], 'identity-provider-share'))[0] ?? null

/** The client's secret as it lies sealed. */
export const selectProviderSecret = async (tx: Sql, id: string): Promise<Buffer | null> =>
  (await tx.query<{ secret: Buffer | null }>('select secret from identity_providers where id = $1', [id], 'provider-secret'))[0]?.secret ??
  null

export const insertProvider = async (tx: Sql, p: ProviderRow, secret: Buffer | null): Promise<void> => {
  await tx.query(
    `insert into identity_providers (id, name, display_name, issuer, client_id, secret, enabled, settings, source_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[p.id, p.name, p.displayName, p.issuer, p.clientId, secret, p.enabled, JSON.stringify(p.settings), p.sourceId],
      formatInstant(p.createdAt),
    ],
  )
}

/** Writes what may be changed; the secret only where a new one is given. */
export const writeProvider = async (tx: Sql, p: ProviderRow, secret: Buffer | undefined): Promise<void> => {
  await tx.query(
    `update identity_providers set display_name = $2, client_id = $3, enabled = $4, settings = $5, source_id = $6,
       secret = coalesce($7, secret) where id = $1`,
    [p.id, p.displayName, p.clientId, p.enabled, JSON.stringify(p.settings), p.sourceId, secret ?? null],
  )
}

export const deleteProvider = async (tx: Sql, id: string): Promise<void> => {
  await tx.query('delete from identity_providers where id = $1', [id])
}

/** Ends what people are signed in to on a provider's word: everybody, or one of them. */
export const endSessionsOfProvider = async (tx: Sql, id: string, principalId: string | null, now: Instant): Promise<void> => {
  await tx.query(
    `with ended as (
       update sessions set ended_at = $3 where provider_id = $1 and ended_at is null and ($2::uuid is null or principal_id = $2) returning grant_id
     )
     delete from authority_state a using ended e where a.grant_id = e.grant_id`,
    [id, principalId, formatInstant(now)],
  )
}

export interface IdentityRow {
  readonly subject: string
  readonly principalId: string
  readonly upn: string | null
  readonly displayName: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

/** Who is whom at a provider, by subject. */
export const selectIdentities = (tx: Sql, providerId: string, after: string, limit: number): Promise<readonly IdentityRow[]> =>
  tx.query<IdentityRow & Record<string, unknown>>(
    `select x.subject, x.principal_id as "principalId", p.upn, p.display_name as "displayName", x.created_at as "createdAt",
       x.last_used_at as "lastUsedAt"
     from external_identities x join principals p on p.id = x.principal_id
     where x.provider_id = $1 and x.subject > $2 order by x.subject limit $3`,
    [providerId, after, limit],
    'external-identities',
  )

/** Who somebody is at a provider: the person's id, or null. */
export const selectIdentity = async (tx: Sql, providerId: string, subject: string): Promise<string | null> =>
  (
    await tx.query<{ id: string }>(
      'select principal_id as id from external_identities where provider_id = $1 and subject = $2',
      [providerId, subject],
      'external-identity',
    )
  )[0]?.id ?? null

export const insertIdentity = async (tx: Sql, providerId: string, subject: string, principalId: string, now: Instant): Promise<void> => {
  await tx.query('insert into external_identities (provider_id, subject, principal_id, created_at) values ($1, $2, $3, $4)', [
    ...[providerId, subject, principalId],
    formatInstant(now),
  ])
}

export const touchIdentity = async (tx: Sql, providerId: string, subject: string, now: Instant): Promise<void> => {
  await tx.query('update external_identities set last_used_at = $3 where provider_id = $1 and subject = $2', [
    ...[providerId, subject],
    formatInstant(now),
  ])
}

/** Takes a link away; whose it was, or null. */
export const deleteIdentity = async (tx: Sql, providerId: string, subject: string): Promise<string | null> =>
  (
    await tx.query<{ id: string }>('delete from external_identities where provider_id = $1 and subject = $2 returning principal_id as id', [
      providerId,
      subject,
    ])
  )[0]?.id ?? null

/** May somebody be linked at all? A person that was not deleted; an account for emergencies depends on nobody. Held still. */
export const lockLinkable = async (tx: Sql, id: string): Promise<{ readonly kind: string; readonly emergency: boolean } | null> =>
  (
    await tx.query<{ kind: string; emergency: boolean }>(
      'select kind, is_emergency_access as emergency from principals where id = $1 and deleted_at is null for update',
      [id],
    )
  )[0] ?? null
