// A reading of a directory: everything, or (AD) what changed since the last one by this very domain controller's count. Whoever moved out
// of what is read, or was deleted, is named.

import type { Entry } from 'ldapts'
import { fault } from '../../domain/faults.ts'
import type { ReadGroup, Reading, ReadSource, ReadUser } from '../../domain/identity/reading.ts'
import { ok, refuse } from '../../domain/result.ts'
import { type Directory, openDirectory } from './client.ts'
import { type Env, type LdapConfig, NotConfigured, parseLdapConfig } from './config.ts'
import { DIALECTS, type Dialect, guidInDn, guidOf, idOf, isActive, namesOf, plainDn, value, values } from './dialect.ts'

/** How far a domain controller had counted. Another one counts otherwise. */
interface Mark {
  readonly invocation: string
  readonly usn: bigint
}

interface Root {
  readonly dialect: Dialect
  readonly mark: Mark | null
  readonly context: string | null
}

async function rootOf(d: Directory, c: LdapConfig): Promise<Root> {
  const attributes = ['highestCommittedUSN', 'dsServiceName', 'defaultNamingContext']
  const [root] = await d.search('', { filter: '(objectClass=*)', scope: 'base', attributes })
  const usn = root && value(root, 'highestCommittedUSN')
  const dialect = c.dialect ?? (usn ? 'ad' : 'openldap')
  if (dialect === 'openldap' || !root || !usn) return { dialect, mark: null, context: null }
  const service = value(root, 'dsServiceName') ?? ''
  const binary = ['invocationId']
  const [settings] = await d.search(service.replace(/^(?:<[^>]*>;)+/, ''), {
    filter: '(objectClass=*)',
    scope: 'base',
    attributes: binary,
    binary,
  })
  const bytes = settings?.invocationId
  const one = Array.isArray(bytes) ? bytes[0] : bytes
  const invocation = Buffer.isBuffer(one) ? guidOf(one) : null
  const mark = invocation === null ? null : { invocation, usn: BigInt(usn) }
  return { dialect, mark, context: value(root, 'defaultNamingContext')?.replace(/^(?:<[^>]*>;)+/, '') ?? null }
}

const written = (mark: Mark | null): string | null => (mark ? `${mark.invocation}:${mark.usn}` : null)

function markOf(text: string | null | undefined): Mark | null {
  const match = /^([0-9a-f-]{36}):(\d+)$/.exec(text ?? '')
  return match ? { invocation: match[1] ?? '', usn: BigInt(match[2] ?? 0) } : null
}

const and = (...filters: readonly string[]) => `(&${filters.join('')})`

async function users(d: Directory, c: LdapConfig, dialect: Dialect, since: string): Promise<readonly Entry[]> {
  const row = DIALECTS[dialect]
  const extra = [
    ...(dialect === 'ad' ? ['userAccountControl', 'sAMAccountName'] : []),
    ...(c.disabledAttribute ? [c.disabledAttribute] : []),
    'cn',
  ]
  const attributes = [row.id, ...Object.values(namesOf(dialect, c)), ...extra]
  return d.search(c.base, { filter: and(row.users, c.userFilter ?? '', since), attributes, binary: dialect === 'ad' ? [row.id] : [] })
}

async function groups(d: Directory, c: LdapConfig, dialect: Dialect, since: string): Promise<readonly Entry[]> {
  const row = DIALECTS[dialect]
  const attributes = [row.id, 'cn', 'description', ...row.members]
  return d.search(c.groupBase ?? c.base, {
    filter: and(row.groups, c.groupFilter ?? '', since),
    attributes,
    binary: dialect === 'ad' ? [row.id] : [],
  })
}

const RANGE = /^member;range=(\d+)-(\d+|\*)$/i
const MOST_RANGES = 10_000

/** All members: a directory may give a long list in pieces (AD cuts at 1,500). */
async function membersOf(d: Directory, entry: Entry, names: readonly string[]): Promise<readonly string[]> {
  const all = names.flatMap((name) => values(entry, name))
  let piece: Entry | undefined = entry
  for (let i = 0; i < MOST_RANGES; i++) {
    const key: string | undefined = piece && Object.keys(piece).find((k) => RANGE.test(k))
    if (!piece || key === undefined) return all
    const [, , to = '*'] = RANGE.exec(key) ?? []
    const found: Entry[string] | undefined = piece[key]
    all.push(...(Array.isArray(found) ? found : [found]).filter((v): v is string => typeof v === 'string' && v !== ''))
    if (to === '*') return all
    const attribute: string = `member;range=${Number(to) + 1}-*`
    ;[piece] = await d.search(entry.dn.replace(/^(?:<[^>]*>;)+/, ''), { filter: '(objectClass=*)', scope: 'base', attributes: [attribute] })
  }
  return all
}

const PROPERTIES = ['givenName', 'surname', 'jobTitle', 'department', 'employeeId'] as const

function userOf(entry: Entry, c: LdapConfig, dialect: Dialect, refer: (dn: string) => string | null): ReadUser | null {
  const names = namesOf(dialect, c)
  const externalId = idOf(entry, dialect)
  const userName = value(entry, names.userName) ?? (dialect === 'ad' ? value(entry, 'sAMAccountName') : null)
  if (externalId === null || userName === null) return null
  const manager = value(entry, names.manager)
  return {
    externalId,
    userName,
    displayName: value(entry, names.displayName) ?? value(entry, 'cn') ?? userName,
    mail: value(entry, names.mail),
    active: isActive(entry, dialect, c),
    manager: manager === null ? null : refer(manager),
    attributes: Object.fromEntries(PROPERTIES.map((p) => [p, value(entry, names[p])])),
  }
}

/** Ids of those that changed anywhere in the domain, and of those that were deleted: whoever of them is not in what is read is gone. */
async function changedElsewhere(d: Directory, context: string, since: string): Promise<readonly string[]> {
  const asked = { attributes: ['objectGUID'], binary: ['objectGUID'] }
  const changed = await d.search(context, { ...asked, filter: and('(|(objectClass=user)(objectClass=group))', since) })
  const deleted = await d.search(`CN=Deleted Objects,${context}`, { ...asked, filter: and('(isDeleted=TRUE)', since), deleted: true })
  return [...changed, ...deleted].flatMap((e) => idOf(e, 'ad') ?? [])
}

async function read(
  d: Directory,
  c: LdapConfig,
  state: { readonly watermark?: string | null },
  want: Parameters<ReadSource>[2],
): Promise<Reading> {
  const root = await rootOf(d, c)
  const before = markOf(state.watermark)
  // A count that went back is of a controller that forgot: what it says has changed is not all that did.
  const same = root.mark !== null && before?.invocation === root.mark.invocation && before.usn <= root.mark.usn
  const delta = !want.full && same && root.context !== null
  const since = delta ? `(uSNChanged>=${(before?.usn ?? 0n) + 1n})` : ''
  const people = await users(d, c, root.dialect, since)
  const found = await groups(d, c, root.dialect, since)
  const byDn = new Map([...people, ...found].flatMap((e) => [[plainDn(e.dn), idOf(e, root.dialect)] as const]))
  const refer = (dn: string) => guidInDn(dn) ?? byDn.get(plainDn(dn)) ?? null
  const readGroups: ReadGroup[] = []
  for (const entry of found) {
    const externalId = idOf(entry, root.dialect)
    const displayName = value(entry, 'cn')
    if (externalId === null || displayName === null) continue
    const members = (await membersOf(d, entry, DIALECTS[root.dialect].members)).flatMap((dn) => refer(dn) ?? [])
    readGroups.push({ externalId, displayName, description: value(entry, 'description'), members: [...new Set(members)] })
  }
  const readUsers = people.flatMap((e) => userOf(e, c, root.dialect, refer) ?? [])
  const here = new Set([...readUsers, ...readGroups].map((r) => r.externalId))
  const gone = delta ? (await changedElsewhere(d, root.context ?? '', since)).filter((id) => !here.has(id) && want.known.has(id)) : []
  return { full: !delta, users: readUsers, groups: readGroups, gone: [...new Set(gone)], watermark: written(root.mark) }
}

/** What went wrong, without anything that was sent. */
export const trouble = (error: unknown) =>
  error instanceof NotConfigured
    ? refuse(fault('InvalidIdentitySource', { detail: error.message }))
    : refuse(
        fault('SourceUnreachable', { detail: (error instanceof Error ? `${error.name}: ${error.message}` : 'it failed').slice(0, 300) }),
      )

/** Reads directories with what this process knows. */
export const ldapReader =
  (env: Env): ReadSource =>
  async (settings, state, want) => {
    const config = parseLdapConfig(settings)
    if (!config.ok) return config
    let directory: Directory | null = null
    try {
      directory = await openDirectory(config.value, env)
      return ok(await read(directory, config.value, state, want))
    } catch (error) {
      return trouble(error)
    } finally {
      await directory?.close()
    }
  }
