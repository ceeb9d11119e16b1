// A connection to a directory for one reading: TLS first, then the bind. The library forgets who it was when it connects anew, so a
// connection that broke is never used again.

import { BerWriter, Client, Control, type Entry } from 'ldapts'
import { type Env, type LdapConfig, readCa, readPassword } from './config.ts'

/** Shows what was deleted (AD). */
const SHOW_DELETED = '1.2.840.113556.1.4.417'
const EXTENDED_DN = '1.2.840.113556.1.4.529'

/** Names in answers carry the id of whom they name: `<GUID=…>;…` (AD). */
class ExtendedDn extends Control {
  constructor() {
    super(EXTENDED_DN, { critical: false })
  }
  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    value.startSequence()
    value.writeInt(1)
    value.endSequence()
    writer.writeBuffer(value.buffer, 4)
  }
}

export interface Asked {
  readonly filter: string
  readonly attributes: readonly string[]
  readonly scope?: 'base' | 'sub'
  readonly binary?: readonly string[]
  readonly deleted?: boolean
}

export interface Directory {
  /** All entries there are, however many pages. Throws when the directory cut them short. */
  search(base: string, asked: Asked): Promise<readonly Entry[]>
  close(): Promise<void>
}

/** The directory stopped in the middle of an answer: nobody is gone because of that. */
class CutShort extends Error {}

function clientOf(c: LdapConfig): { client: Client; startTls: boolean } {
  const secure = /^ldaps:/i.test(c.url)
  const ca = readCa(c)
  const host = new URL(c.url).hostname
  const tls = { ...(ca === undefined ? {} : { ca }), servername: c.serverName ?? host, rejectUnauthorized: true }
  // `tlsOptions` beside `ldap://` would mean TLS from the first byte.
  const client = new Client({
    url: c.url,
    timeout: c.callMs,
    connectTimeout: c.connectMs,
    strictDN: false,
    ...(secure ? { tlsOptions: tls } : {}),
  })
  return { client, startTls: !secure && !c.plain }
}

/** Connects and binds as somebody. Throws what the library throws. */
export async function connectAs(c: LdapConfig, dn: string, password: string): Promise<Client> {
  // INVARIANT: an empty password is an anonymous bind at many servers, and a success; it never leaves here.
  if (password === '' || dn === '') throw new Error('nobody binds without a name and a password')
  const { client, startTls } = clientOf(c)
  try {
    if (startTls) {
      const ca = readCa(c)
      await client.startTLS({
        ...(ca === undefined ? {} : { ca }),
        servername: c.serverName ?? new URL(c.url).hostname,
        rejectUnauthorized: true,
      })
    }
    await client.bind(dn, password)
    return client
  } catch (error) {
    await client.unbind().catch(() => {})
    throw error
  }
}

async function pages(client: Client, base: string, a: Asked, pageSize: number): Promise<{ entries: readonly Entry[]; emptyEnd: boolean }> {
  const controls = [...(a.deleted ? [new Control(SHOW_DELETED, { critical: true })] : []), new ExtendedDn()]
  const options = {
    scope: a.scope ?? ('sub' as const),
    filter: a.filter,
    attributes: [...a.attributes],
    explicitBufferAttributes: [...(a.binary ?? [])],
    paged: { pageSize },
  }
  const entries: Entry[] = []
  let count = 0
  let last = 0
  for await (const page of client.searchPaginated(base, options, controls)) {
    // A reconnected session is anonymous, and sees less.
    if (!client.isBound) throw new CutShort('the connection broke in the middle of an answer')
    entries.push(...page.searchEntries)
    count += 1
    last = page.searchEntries.length
  }
  return { entries, emptyEnd: count > 1 && last === 0 }
}

/** Opens a directory with the account that reads it. */
export async function openDirectory(c: LdapConfig, env: Env): Promise<Directory> {
  const client = await connectAs(c, c.bindDn, readPassword(c.password, env).reveal())
  return {
    async search(base, asked) {
      if (!client.isBound) throw new CutShort('the connection broke')
      const first = await pages(client, base, asked, c.pageSize)
      if (!first.emptyEnd) return first.entries
      // The library ends at an empty page, whether or not more would have come: pages of another size tell.
      const again = await pages(client, base, asked, c.pageSize - 1)
      if (again.entries.length !== first.entries.length) throw new CutShort('the directory answered with an empty page before its end')
      return again.entries
    },
    close: () => client.unbind().catch(() => {}),
  }
}
