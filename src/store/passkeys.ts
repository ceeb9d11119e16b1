// Passkeys, as rows: the credential's id and public key, and what is told about it.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface PasskeyRow {
  /** The credential's id, base64url. */
  readonly id: string
  readonly principalId: string
  readonly name: string
  /** COSE, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

export interface NewPasskey extends Omit<PasskeyRow, 'lastUsedAt'> {
  readonly aaguid: string | null
  readonly deviceType: string
  readonly backedUp: boolean
}

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')

const URL64 = (column: string) => `rtrim(translate(replace(encode(${column}, 'base64'), E'\\n', ''), '+/', '-_'), '=')`
const COLUMNS = `${URL64('id')} as id, principal_id as "principalId", name, ${URL64('public_key')} as "publicKey", counter::float8 as counter,
  transports, created_at as "createdAt", last_used_at as "lastUsedAt"`

/** A person's passkeys, the oldest first; `limit` at most. */
export const selectPasskeys = (tx: Sql, principalId: string, limit: number): Promise<readonly PasskeyRow[]> =>
  tx.query<PasskeyRow>(
    `select ${COLUMNS} from passkeys where principal_id = $1 order by created_at, id limit $2`,
    [principalId, limit],
    'passkeys',
  )

/** The passkey of a credential's id, or null. */
export const selectPasskey = async (tx: Sql, id: string): Promise<PasskeyRow | null> =>
  (await tx.query<PasskeyRow>(`select ${COLUMNS} from passkeys where id = $1`, [bytes(id)], 'passkey'))[0] ?? null

/** Adds one; false where the credential is somebody's already. */
export const addPasskey = async (tx: Sql, p: NewPasskey): Promise<boolean> =>
  (
    await tx.query(
      `insert into passkeys (id, principal_id, name, public_key, counter, transports, aaguid, device_type, backed_up, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing returning 1 as added`,
      [
        ...[bytes(p.id), p.principalId, p.name, bytes(p.publicKey), p.counter, p.transports, p.aaguid, p.deviceType, p.backedUp],
        formatInstant(p.createdAt),
      ],
    )
  ).length > 0

/** Notes a use; false where the counter did not grow: somebody else has a copy, or was first. Some authenticators count nothing. */
export const usePasskey = async (tx: Sql, id: string, counter: number, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `update passkeys set counter = $2, last_used_at = $3 where id = $1 and (counter < $2 or (counter = 0 and $2 = 0)) returning 1 as used`,
      [bytes(id), counter, formatInstant(now)],
      'passkey-use',
    )
  ).length > 0

/** Gives one of a person's another name; false if there is none. */
export const renamePasskey = async (tx: Sql, principalId: string, id: string, name: string): Promise<boolean> =>
  (
    await tx.query('update passkeys set name = $3 where id = $1 and principal_id = $2 returning 1 as renamed', [
      bytes(id),
      principalId,
      name,
    ])
  ).length > 0

/** Removes one of a person's; its name, or null if there is none. */
export const removePasskey = async (tx: Sql, principalId: string, id: string): Promise<string | null> =>
  (await tx.query<{ name: string }>('delete from passkeys where id = $1 and principal_id = $2 returning name', [bytes(id), principalId]))[0]
    ?.name ?? null
