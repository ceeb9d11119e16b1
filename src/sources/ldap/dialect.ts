// Where Active Directory and OpenLDAP differ, as a table: how somebody is known, which attributes mean what, who may not act.

import type { Entry } from 'ldapts'
import type { LdapConfig } from './config.ts'

export type Dialect = 'ad' | 'openldap'
type Names = { readonly [N in keyof LdapConfig['attributes']]-?: string }

interface DialectRow {
  readonly id: string
  readonly users: string
  readonly groups: string
  readonly members: readonly string[]
  readonly attributes: Names
}

export const DIALECTS: Readonly<Record<Dialect, DialectRow>> = {
  ad: {
    id: 'objectGUID',
    users: '(&(objectCategory=person)(objectClass=user))',
    groups: '(objectClass=group)',
    members: ['member'],
    attributes: {
      userName: 'userPrincipalName',
      displayName: 'displayName',
      mail: 'mail',
      givenName: 'givenName',
      surname: 'sn',
      jobTitle: 'title',
      department: 'department',
      employeeId: 'employeeID',
      manager: 'manager',
    },
  },
  openldap: {
    id: 'entryUUID',
    users: '(objectClass=inetOrgPerson)',
    groups: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))',
    members: ['member', 'uniqueMember'],
    attributes: {
      userName: 'uid',
      displayName: 'displayName',
      mail: 'mail',
      givenName: 'givenName',
      surname: 'sn',
      jobTitle: 'title',
      department: 'departmentNumber',
      employeeId: 'employeeNumber',
      manager: 'manager',
    },
  },
}

/** Which attributes mean what: the settings' word before the dialect's. */
export function namesOf(dialect: Dialect, c: LdapConfig): Names {
  const given = Object.entries(c.attributes).filter(([, name]) => name !== undefined)
  return { ...DIALECTS[dialect].attributes, ...Object.fromEntries(given) }
}

const DISABLED_BIT = 2

/** All values of an attribute, in any case and with any options. */
export function values(entry: Entry, name: string): readonly string[] {
  const key = Object.keys(entry).find((k) => k.toLowerCase() === name.toLowerCase())
  const found = key === undefined ? [] : entry[key]
  return (Array.isArray(found) ? found : [found]).flatMap((v) => (typeof v === 'string' && v !== '' ? [v] : []))
}

export const value = (entry: Entry, name: string): string | null => values(entry, name)[0] ?? null

/** AD's id as text: its first three parts lie the other way round. */
export function guidOf(bytes: Buffer): string | null {
  if (bytes.length !== 16) return null
  const part = (from: number, to: number, turned: boolean) => {
    const slice = Buffer.from(bytes.subarray(from, to))
    return (turned ? slice.reverse() : slice).toString('hex')
  }
  return [part(0, 4, true), part(4, 6, true), part(6, 8, true), part(8, 10, false), part(10, 16, false)].join('-')
}

/** How the source knows an entry, or null for one without an id. */
export function idOf(entry: Entry, dialect: Dialect): string | null {
  if (dialect === 'openldap') return value(entry, DIALECTS.openldap.id)?.toLowerCase() ?? null
  const key = Object.keys(entry).find((k) => k.toLowerCase() === 'objectguid')
  const found = key === undefined ? undefined : entry[key]
  const bytes = Array.isArray(found) ? found[0] : found
  return Buffer.isBuffer(bytes) ? guidOf(bytes) : null
}

/** May the person act, by the directory's word? */
export function isActive(entry: Entry, dialect: Dialect, c: LdapConfig): boolean {
  if (dialect === 'ad' && (Number(value(entry, 'userAccountControl') ?? 0) & DISABLED_BIT) !== 0) return false
  if (c.disabledAttribute === undefined) return true
  const marks = values(entry, c.disabledAttribute)
  return c.disabledValue === undefined ? marks.length === 0 : !marks.some((m) => m.toLowerCase() === c.disabledValue?.toLowerCase())
}

const GUID_IN_DN = /<GUID=([0-9a-f-]{36})>/i

/** The id that an extended name carries, or null. */
export const guidInDn = (dn: string): string | null => GUID_IN_DN.exec(dn)?.[1]?.toLowerCase() ?? null

/** A name as it can be compared: case and blanks at the seams do not count, nor how a letter was escaped. */
export const plainDn = (dn: string): string =>
  dn
    .replace(/^(?:<[^>]*>;)+/, '')
    .replace(/\\([0-9a-f]{2})/gi, (_, hex: string) => `\\${hex.toLowerCase()}`)
    .replace(/\s*([,=+])\s*/g, '$1')
    .toLowerCase()
