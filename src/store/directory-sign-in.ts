// Where people sign in at the directory they come from, as rows.

import type { Sql } from './sql.ts'

export interface DirectoryOf {
  readonly settings: Readonly<Record<string, unknown>>
  readonly externalId: string
}

const OFFERED = `s.kind = 'ldap' and s.enabled and s.settings ->> 'signIn' = 'true'`

/** The directory that keeps a person, if people sign in there; else null. */
export const selectDirectoryOf = async (tx: Sql, personId: string): Promise<DirectoryOf | null> =>
  (
    await tx.query<DirectoryOf & Record<string, unknown>>(
      `select s.settings, l.external_id as "externalId" from identity_links l join identity_sources s on s.id = l.source_id
       where l.principal_id = $1 and l.kind = 'user' and ${OFFERED}`,
      [personId],
      'directory-of',
    )
  )[0] ?? null

/** Some directory where people sign in, or null where there is none. */
export const selectAnyDirectory = async (tx: Sql): Promise<DirectoryOf['settings'] | null> =>
  (
    await tx.query<Pick<DirectoryOf, 'settings'> & Record<string, unknown>>(
      `select s.settings from identity_sources s where ${OFFERED} order by s.created_at, s.id limit 1`,
      [],
      'any-directory',
    )
  )[0]?.settings ?? null
