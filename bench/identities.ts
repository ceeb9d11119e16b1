// `npm run bench identities`: people and groups that arrive by themselves. A sender pushes them one by one, as senders do; a real
// directory is read. Time, and what the server's process holds in memory.

import { readFileSync } from 'node:fs'
import type { Client } from 'ldapts'
import { startSlapd } from '../test/targets/debian-slapd.ts'
import { openStage, type Stage, send } from './stage.ts'

export interface Many {
  readonly users: number
  readonly groups: number
  readonly memberships: number
}

export const MANY: Many = { users: 10_000, groups: 1_000, memberships: 20_000 }

/** Whoever administers the sample tenant. */
const ADMIN = 'admin@contoso.com'
/** Requests of a sender at a time. */
const AT_ONCE = 4

export interface Row {
  readonly what: string
  readonly seconds: number
  readonly perSecond: number
  readonly rssMiB: number
  readonly peakMiB: number
}

const memory = (pid: number, name: string): number => {
  const kib = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib ?? 0) / 1024)
}

async function each<T>(list: readonly T[], work: (one: T, i: number) => Promise<void>): Promise<void> {
  let next = 0
  const one = async () => {
    for (let i = next++; i < list.length; i = next++) await work(list[i] as T, i)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** Each person in two groups, and no group with everybody: `memberships` in all. */
const insideOf = (group: number, { users, groups, memberships }: Many): readonly number[] => {
  const size = Math.floor(memberships / groups)
  return Array.from({ length: size }, (_, i) => (group * size + i) % users)
}

async function timed(stage: Stage, what: string, count: number, work: () => Promise<void>): Promise<Row> {
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  const rows = { what, seconds: Math.round(seconds * 10) / 10, perSecond: Math.round(count / seconds) }
  return { ...rows, rssMiB: memory(stage.serverPid, 'VmRSS'), peakMiB: memory(stage.serverPid, 'VmHWM') }
}

async function api(stage: Stage, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const [admin] = await stage.db.query<{ id: string }>('select id from principals where upn = $1', [ADMIN])
  const answer = await send(`${stage.url}/api/v1${path}`, method, await stage.token(admin?.id ?? ''), body && JSON.stringify(body))
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return JSON.parse(answer.text)
}

async function pushed(stage: Stage, many: Many): Promise<readonly Row[]> {
  await api(stage, 'POST', '/sources', { kind: 'scim', name: 'Sender' })
  const { token } = await api(stage, 'POST', '/sources/Sender/tokens', {})
  const scim = async (method: string, path: string, body: object): Promise<{ id: string }> => {
    const answer = await send(`${stage.url}/scim/v2${path}`, method, String(token), JSON.stringify(body))
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.text === '' ? { id: '' } : JSON.parse(answer.text)
  }
  const users: string[] = []
  const groups: string[] = []
  const people = Array.from({ length: many.users }, (_, i) => i)
  const teams = Array.from({ length: many.groups }, (_, i) => i)
  const rows = [
    await timed(stage, `SCIM: ${many.users} people, a POST each`, many.users, () =>
      each(people, async (i) => {
        const userName = `pushed${i}@contoso.com`
        const name = { givenName: `P${i}`, familyName: 'Pushed' }
        const body = {
          userName,
          externalId: `u${i}`,
          name,
          active: true,
          title: 'Engineer',
          emails: [{ value: userName, type: 'work', primary: true }],
        }
        users[i] = (await scim('POST', '/Users', body)).id
      }),
    ),
    await timed(stage, `SCIM: ${many.groups} groups, a POST each`, many.groups, () =>
      each(teams, async (i) => {
        groups[i] = (await scim('POST', '/Groups', { displayName: `Pushed ${i}`, externalId: `g${i}` })).id
      }),
    ),
    await timed(stage, `SCIM: ${many.memberships} members, a PATCH a group`, many.memberships, () =>
      each(teams, async (i) => {
        const value = insideOf(i, many).map((n) => ({ value: users[n] }))
        await scim('PATCH', `/Groups/${groups[i]}`, { Operations: [{ op: 'Add', path: 'members', value }] })
      }),
    ),
    await timed(stage, `SCIM: ${many.users / 10} people changed, a PATCH each`, many.users / 10, () =>
      each(people.slice(0, many.users / 10), async (i) => {
        await scim('PATCH', `/Users/${users[i]}`, { Operations: [{ op: 'Replace', path: 'title', value: `Lead ${i}` }] })
      }),
    ),
  ]
  return rows
}

async function fill(admin: Client, base: string, many: Many): Promise<void> {
  const dn = (i: number) => `uid=read${i},ou=people,${base}`
  await each(
    Array.from({ length: many.users }, (_, i) => i),
    async (i) => {
      const mail = `read${i}@contoso.com`
      await admin.add(dn(i), {
        objectClass: 'inetOrgPerson',
        uid: `read${i}`,
        cn: `Read ${i}`,
        sn: 'Read',
        givenName: `R${i}`,
        mail,
        title: 'Engineer',
      })
    },
  )
  await each(
    Array.from({ length: many.groups }, (_, i) => i),
    async (i) => {
      await admin.add(`cn=Read ${i},ou=groups,${base}`, { objectClass: 'groupOfNames', cn: `Read ${i}`, member: insideOf(i, many).map(dn) })
    },
  )
}

async function untilRead(stage: Stage, before: unknown): Promise<Record<string, unknown>> {
  for (;;) {
    const now = await api(stage, 'GET', '/sources/Directory')
    if (now.lastError !== null) throw new Error(String(now.lastError))
    if (now.lastAt !== null && now.lastAt !== before) return now
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** Pushes and reads so many; the rows of the bench. Throws where the counts are not as they should be. */
export async function identities(many: Many = MANY): Promise<readonly Row[]> {
  const directory = await startSlapd()
  const stage = await openStage({ env: { STINT_SOURCE_PASSWORD: directory.password } })
  try {
    const rows = [...(await pushed(stage, many))]
    const admin = await directory.admin()
    await fill(admin, directory.base, many)
    await admin.unbind()
    const settings = {
      url: directory.url,
      caFile: directory.caFile,
      bindDn: directory.bindDn,
      password: { env: 'STINT_SOURCE_PASSWORD' },
      base: `ou=people,${directory.base}`,
      groupBase: `ou=groups,${directory.base}`,
      everySeconds: 86_400,
    }
    let read: Record<string, unknown> = {}
    rows.push(
      await timed(stage, 'LDAP: the same, read for the first time', many.users + many.groups + many.memberships, async () => {
        await api(stage, 'POST', '/sources', { kind: 'ldap', name: 'Directory', settings })
        read = await untilRead(stage, null)
      }),
      await timed(stage, 'LDAP: read again, nothing changed', many.users + many.groups + many.memberships, async () => {
        await api(stage, 'POST', '/sources/Directory/sync', { full: true })
        await untilRead(stage, read.lastAt)
      }),
    )
    for (const name of ['Sender', 'Directory']) {
      const { kept } = (await api(stage, 'GET', `/sources/${name}`)) as { kept: { users: number; groups: number; members: number } }
      if (kept.users !== many.users || kept.groups !== many.groups || kept.members !== many.memberships)
        throw new Error(`${name} keeps ${JSON.stringify(kept)}`)
    }
    return rows
  } finally {
    await stage.close()
    await directory.stop()
  }
}
