// Applications that sign in: registration, permissions and credentials, as rows. Of a secret only its hash lies here.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export type PermissionKind = 'application' | 'delegated'
export type CredentialKind = 'secret' | 'certificate' | 'federated'

export interface CredentialView {
  readonly id: string
  readonly kind: CredentialKind
  readonly name: string
  readonly hint: string | null
  readonly thumbprint: string | null
  readonly issuer: string | null
  readonly subject: string | null
  readonly audience: string | null
  readonly createdAt: Instant
  readonly endsAt: Instant | null
}

export interface AppRow {
  readonly appId: string
  readonly principalId: string
  readonly displayName: string
  readonly enabled: boolean
  readonly publicClient: boolean
  readonly passwordGrant: boolean
  readonly redirectUris: readonly string[]
  readonly application: readonly string[]
  readonly delegated: readonly string[]
  readonly createdAt: Instant
}

const COLUMNS = `
a.app_id as "appId", a.principal_id as "principalId", p.display_name as "displayName", p.enabled,
a.public_client as "publicClient", a.password_grant as "passwordGrant", a.redirect_uris as "redirectUris", a.created_at as "createdAt",
array(select name from app_permissions m where m.app_id = a.app_id and m.kind = 'application' order by name) as application,
array(select name from app_permissions m where m.app_id = a.app_id and m.kind = 'delegated' order by name) as delegated`

const FROM = 'from apps a join principals p on p.id = a.principal_id and p.deleted_at is null'

/** One application by its client id. */
export const selectApp = async (tx: Sql, appId: string): Promise<AppRow | null> =>
  (await tx.query<AppRow>(`select ${COLUMNS} ${FROM} where a.app_id = $1`, [appId], 'app'))[0] ?? null

/** Applications by client id, name or the principal's id, whichever it is; several where a name is shared. */
export const selectAppsNamed = (tx: Sql, id: string | null, name: string): Promise<readonly AppRow[]> =>
  tx.query<AppRow>(
    `select ${COLUMNS} ${FROM} where a.app_id = $1 or a.principal_id = $1
     or ($1::uuid is null and p.kind = 'servicePrincipal' and lower(p.display_name) = lower($2)) order by a.app_id limit 2`,
    [id, name],
    'apps-named',
  )

/** A page of applications, by client id. */
export const selectApps = (tx: Sql, after: string | null, limit: number): Promise<readonly AppRow[]> =>
  tx.query<AppRow>(
    `select ${COLUMNS} ${FROM} where ($1::uuid is null or a.app_id > $1) order by a.app_id limit $2`,
    [after, limit],
    'apps-page',
  )

export interface NewApp {
  readonly appId: string
  readonly principalId: string
  readonly publicClient: boolean
  readonly passwordGrant: boolean
  readonly redirectUris: readonly string[]
}

/** Registers an application for a service principal. */
export async function addApp(tx: Sql, app: NewApp, now: Instant): Promise<void> {
  await tx.query('update principals set app_id = $2 where id = $1', [app.principalId, app.appId])
  await tx.query(
    `insert into apps (app_id, principal_id, public_client, password_grant, redirect_uris, created_at) values ($1, $2, $3, $4, $5, $6)`,
    [app.appId, app.principalId, app.publicClient, app.passwordGrant, app.redirectUris, formatInstant(now)],
  )
}

/** Removes the registration with all that belongs to it, its principal, and the scope that this is. */
export async function deleteApp(tx: Sql, appId: string, principalId: string, now: Instant): Promise<void> {
  await tx.query('delete from apps where app_id = $1', [appId])
  await tx.query('update principals set enabled = false, deleted_at = $2 where id = $1', [principalId, formatInstant(now)])
  await tx.query(`update scopes set deleted_at = $2 where plane = 'directory' and id = '/' || $1::text`, [principalId, formatInstant(now)])
}

/** Holds an application still until the transaction ends. */
export const lockApp = async (tx: Sql, appId: string): Promise<boolean> =>
  (await tx.query('select 1 as here from apps where app_id = $1 for update', [appId])).length > 0

/** Adds what is new among these; answers what was. */
export const addPermissions = async (tx: Sql, appId: string, kind: PermissionKind, names: readonly string[]): Promise<readonly string[]> =>
  (
    await tx.query<{ name: string }>(
      'insert into app_permissions (app_id, kind, name) select $1, $2, unnest($3::text[]) on conflict do nothing returning name',
      [appId, kind, names],
    )
  ).map(({ name }) => name)

/** Takes away what is there among these; answers what was. */
export const deletePermissions = async (
  tx: Sql,
  appId: string,
  kind: PermissionKind,
  names: readonly string[],
): Promise<readonly string[]> =>
  (
    await tx.query<{ name: string }>('delete from app_permissions where app_id = $1 and kind = $2 and name = any($3) returning name', [
      appId,
      kind,
      names,
    ])
  ).map(({ name }) => name)

export interface NewCredential {
  readonly id: string
  readonly kind: CredentialKind
  readonly name: string
  /** Hexadecimal. */
  readonly digest?: string
  readonly hint?: string
  readonly publicKey?: string
  readonly thumbprint?: string
  readonly thumbprintSha1?: string
  readonly issuer?: string
  readonly subject?: string
  readonly audience?: string
  readonly keys?: unknown
  readonly endsAt: Instant | null
}

export async function addCredential(tx: Sql, appId: string, c: NewCredential, now: Instant): Promise<void> {
  await tx.query(
    `insert into app_credentials (id, app_id, kind, name, digest, hint, public_key, thumbprint, thumbprint_sha1, issuer, subject,
       audience, keys, created_at, ends_at)
     values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[c.id, appId, c.kind, c.name, c.digest ?? null, c.hint ?? null, c.publicKey ?? null, c.thumbprint ?? null],
      ...[c.thumbprintSha1 ?? null, c.issuer ?? null, c.subject ?? null, c.audience ?? null],
      ...[c.keys === undefined ? null : JSON.stringify(c.keys), formatInstant(now), c.endsAt === null ? null : formatInstant(c.endsAt)],
    ],
  )
}

/** Removes a credential of an application; answers what kind it was, or null where there was none. */
export const deleteCredential = async (tx: Sql, appId: string, id: string): Promise<CredentialKind | null> =>
  (await tx.query<{ kind: CredentialKind }>('delete from app_credentials where app_id = $1 and id = $2 returning kind', [appId, id]))[0]
    ?.kind ?? null

/** The credentials of an application, none of them secret. */
export const selectCredentials = (tx: Sql, appId: string): Promise<readonly CredentialView[]> =>
  tx.query<CredentialView>(
    `select id, kind, name, hint, thumbprint, issuer, subject, audience, created_at as "createdAt", ends_at as "endsAt"
     from app_credentials where app_id = $1 order by created_at, id`,
    [appId],
  )

/** Hashes of the secrets that hold at an instant, hexadecimal, and whether any other has ended. */
export const selectSecrets = (tx: Sql, appId: string, now: Instant): Promise<readonly { digest: string; ended: boolean }[]> =>
  tx.query(
    `select encode(digest, 'hex') as digest, ends_at <= $2 as ended from app_credentials where app_id = $1 and kind = 'secret'`,
    [appId, formatInstant(now)],
    'app-secrets',
  )

export interface AssertionKey {
  readonly kind: 'certificate' | 'federated'
  readonly publicKey: string | null
  readonly thumbprint: string | null
  readonly thumbprintSha1: string | null
  readonly issuer: string | null
  readonly subject: string | null
  readonly audience: string | null
  readonly keys: { readonly keys: readonly object[] } | null
}

/** What assertions of an application are checked by at an instant. */
export const selectAssertionKeys = (tx: Sql, appId: string, now: Instant): Promise<readonly AssertionKey[]> =>
  tx.query<AssertionKey>(
    `select kind, public_key as "publicKey", thumbprint, thumbprint_sha1 as "thumbprintSha1", issuer, subject, audience, keys
     from app_credentials where app_id = $1 and kind <> 'secret' and (ends_at is null or ends_at > $2)`,
    [appId, formatInstant(now)],
    'app-assertion-keys',
  )

const SPEND = `
insert into spent_assertions as s (id, address, used_at, ends_at) values (decode($1, 'hex'), $2, $3, $5)
on conflict (id) do update set address = s.address where s.address = $2 and s.used_at > $4
returning 1 as spent`

export interface Spent {
  /** Hexadecimal. */
  readonly id: string
  readonly address: string
  readonly endsAt: Instant
}

/** Marks an assertion as used; false if it was already, except from the same address since `grace`. The first of several processes wins. */
export const spendAssertion = async (tx: Sql, { id, address, endsAt }: Spent, now: Instant, grace: Instant): Promise<boolean> =>
  (await tx.query(SPEND, [id, address, formatInstant(now), formatInstant(grace), formatInstant(endsAt)], 'spend-assertion')).length > 0

export interface Standing {
  readonly here: boolean
  /** Registered as an application, itself. */
  readonly registered: boolean
  readonly application: readonly string[]
  readonly generation: number
  /** Does the sign-in that the token names still stand? */
  readonly session: boolean
  /** Of the application that acts for a person: is it registered and enabled, and what it may ask for. */
  readonly client: boolean
  readonly delegated: readonly string[]
}

const STANDING = `
select p.id is not null as here, a.app_id is not null as registered,
  array(select m.name from app_permissions m where m.app_id = a.app_id and m.kind = 'application') as application,
  coalesce(s.generation, 0) as generation, c.app_id is not null as client,
  exists (select 1 from sessions l where l.id = $3 and l.principal_id = $1 and l.ended_at is null and l.ends_at > $4) as session,
  array(select m.name from app_permissions m where m.app_id = c.app_id and m.kind = 'delegated') as delegated
from (select 1) one
left join principals p on p.id = $1 and p.deleted_at is null
left join apps a on a.principal_id = p.id
left join sign_ins s on s.principal_id = p.id
left join (apps c join principals cp on cp.id = c.principal_id and cp.enabled and cp.deleted_at is null) on c.app_id = $2`

/** What the store says now of whom a token names. */
export const selectStanding = async (
  tx: Sql,
  principalId: string,
  appId: string | null,
  session: string | null,
  now: Instant,
): Promise<Standing> => (await tx.query<Standing>(STANDING, [principalId, appId, session, formatInstant(now)], 'standing'))[0]!
