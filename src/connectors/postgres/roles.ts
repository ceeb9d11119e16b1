// Roles by their immutable id. A rename is followed; a name that now belongs to another id is a person's business, since after
// a drop and re-creation, or a restore from a dump, an id may mean somebody else.

import type { PoolClient } from 'pg'
import type { Answer, Blocked, Subject } from '../../domain/provisioning/connector.ts'

/** The server cuts longer names silently, and would then speak of another role. */
const NAME_BYTES = 63

export interface Role {
  readonly id: string
  readonly name: string
  readonly superuser: boolean
}

/** `gone`: neither the id nor the name exists any more, so nobody can hold it or be held. */
export type Identity = { readonly t: 'is'; readonly role: Role } | { readonly t: 'gone' } | Blocked

/** Whom do these references mean today? Answers in the order asked. */
export async function identify(client: PoolClient, refs: readonly { id: string; name: string }[]): Promise<readonly Identity[]> {
  const { rows } = await client.query<{ name: string | null; superuser: boolean | null; namesake: string | null }>(
    `select byid.rolname::text as name, byid.rolsuper as superuser, byname.oid::text as namesake
       from unnest($1::text[], $2::text[]) with ordinality as asked (id, name, nth)
       left join pg_roles byid on byid.oid::text = asked.id
       left join pg_roles byname on byname.rolname::text = asked.name
      order by asked.nth`,
    [refs.map((r) => r.id), refs.map((r) => r.name)],
  )
  return rows.map((row, n) => identity(refs[n]!, row))
}

function identity(
  ref: { id: string; name: string },
  row: { name: string | null; superuser: boolean | null; namesake: string | null },
): Identity {
  if (row.namesake !== null && row.namesake !== ref.id) {
    const reason = `\`${ref.name}\` was role ${ref.id} when it was bound and is role ${row.namesake} now: bind it again`
    return { t: 'blocked', needs: 'identity', reason }
  }
  if (row.name === null) return { t: 'gone' }
  return { t: 'is', role: { id: ref.id, name: row.name, superuser: row.superuser === true } }
}

type Found = { id: string; superuser: boolean; login: boolean; me: boolean; system: boolean }

/** Looks a name up, once. Refuses whom a grant could not bind: superusers, this connector's own role, the server's own roles. */
export async function resolve(client: PoolClient, subject: Subject): Promise<Answer<{ id: string; name: string }>> {
  const { name } = subject
  if (Buffer.byteLength(name) > NAME_BYTES) return blocked(`\`${name}\` is longer than ${NAME_BYTES} bytes, which no role's name can be`)
  const { rows } = await client.query<Found>(
    `select oid::text as id, rolsuper as superuser, rolcanlogin as login, rolname = current_user as me, oid < 16384 as system
       from pg_roles where rolname::text = $1`,
    [name],
  )
  const found = rows[0]
  if (!found) return blocked(`role \`${name}\` does not exist at the server`)
  if (found.me) return blocked(`\`${name}\` is the connector's own role`)
  if (found.superuser) return blocked(`\`${name}\` is a superuser: no membership gives it more, or takes anything away`)
  if (found.system) return blocked(`\`${name}\` is one of the server's own roles`)
  if (subject.t === 'account' && !found.login) return blocked(`\`${name}\` cannot log in: it is not an account`)
  if (subject.t === 'entitlement' && found.login) return blocked(`\`${name}\` can log in: a governed role is \`nologin\``)
  return { t: 'ok', value: { id: found.id, name } }
}

const blocked = (reason: string): Blocked => ({ t: 'blocked', needs: 'identity', reason })
