// The script that an operator runs once, as a superuser, in the database that will hold the schema `stint`; again after each new
// governed role. It gives the connector exactly what `check` demands and nothing else. Tests run this very text.

import { escapeIdentifier, escapeLiteral } from 'pg'

export interface Setup {
  /** The connector's own role. Its password is set apart, so that it stands in no script: `\password` does it. */
  readonly connectorRole: string
  /** Roles to be granted and revoked; those that do not exist are made, `nologin`. */
  readonly governedRoles: readonly string[]
  /** 15 knows no options on a membership; later versions do. */
  readonly serverMajor: number
  /** Databases to close to `public`: from then on only the connector and holders of a governed role may connect. */
  readonly closeDatabases?: readonly string[]
}

/** Writes the script. It may be run again: it then changes nothing. */
export function setupScript(setup: Setup): string {
  const { connectorRole, governedRoles, serverMajor, closeDatabases = [] } = setup
  const me = name(connectorRole)
  const options = serverMajor >= 16
  const admin = options ? 'with admin true, inherit false, set false' : 'with admin option'
  const signal = options ? ' with admin false, inherit true, set false' : ''
  return [
    '-- Stint: what a connector needs at a PostgreSQL server. Run as a superuser; safe to run again.',
    'begin;',
    createRole(connectorRole, 'login'),
    `alter role ${me} login noinherit nosuperuser nocreaterole nocreatedb noreplication nobypassrls;`,
    '',
    '-- It may end the sessions of accounts whose right was revoked (never those of superusers).',
    `grant pg_signal_backend to ${me}${signal};`,
    '',
    '-- It may grant and revoke these roles, and none other.',
    ...governedRoles.flatMap((role) => [createRole(role, 'nologin'), `grant ${name(role)} to ${me} ${admin};`]),
    '',
    '-- The fence: the newest intent seen for each membership. A frozen worker that comes back with an older one finds it here.',
    'create schema if not exists stint;',
    'revoke all on schema stint from public;',
    'create table if not exists stint.fence (role oid, member oid, fence bigint not null, primary key (role, member));',
    'revoke all on stint.fence from public;',
    `grant usage on schema stint to ${me};`,
    `grant select, insert, update on stint.fence to ${me};`,
    ...closeDatabases.flatMap((database) => [
      '',
      `-- Without a governed role there is no way into ${name(database)}.`,
      `revoke connect on database ${name(database)} from public;`,
      `grant connect on database ${name(database)} to ${[connectorRole, ...governedRoles].map(name).join(', ')};`,
    ]),
    'commit;',
    '',
  ].join('\n')
}

function createRole(role: string, kind: 'login' | 'nologin'): string {
  const make = escapeLiteral(`create role ${name(role)} ${kind}`)
  const there = `exists (select from pg_roles where rolname::text = ${escapeLiteral(role)})`
  return `do ${escapeLiteral(`begin if not ${there} then execute ${make}; end if; end`)};`
}

/** A quoted identifier. A name that the server would cut, and so mean another role, is refused. */
function name(text: string): string {
  if (text.length === 0 || text.includes('\0') || Buffer.byteLength(text) > 63) {
    throw new RangeError(`\`${text}\` cannot be a name at the server: it must have 1 to 63 bytes`)
  }
  return escapeIdentifier(text)
}
