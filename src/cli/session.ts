// Where the commands find their server and their token: STINT_URL and STINT_TOKEN, else what was saved, in a file that only its
// owner can read (D32).

import { constants } from 'node:fs'
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EXIT, Stop } from './exit.ts'

interface Saved {
  readonly current: string
  readonly servers: Readonly<Record<string, { readonly token: string; readonly as: string }>>
}

const NONE: Saved = { current: '', servers: {} }
const DEFAULT_URL = 'http://localhost:7080'

const folder = () => process.env.STINT_HOME ?? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'stint')
const file = () => join(folder(), 'tokens.json')
const plain = (url: string) => url.replace(/\/$/, '')

/** Judged and read through one handle, so that nobody can put another file in its place in between. */
async function readOwn(): Promise<string | null> {
  const handle = await open(file(), constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw new Stop(EXIT.unauthenticated, `\`${file()}\` is a link: put the file itself there`)
    return null
  })
  try {
    if (handle === null) return null
    const { mode, uid } = await handle.stat()
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new Stop(EXIT.unauthenticated, `\`${file()}\` can be read by others: make its mode 600`)
    // A token that somebody else put there would have us act as them.
    if (uid !== (process.getuid?.() ?? uid)) throw new Stop(EXIT.unauthenticated, `\`${file()}\` belongs to another account: remove it`)
    return await handle.readFile('utf8')
  } finally {
    await handle?.close()
  }
}

async function read(): Promise<Saved> {
  const text = await readOwn()
  if (text === null) return NONE
  try {
    return { ...NONE, ...(JSON.parse(text) as Saved) }
  } catch {
    return NONE
  }
}

/** Keeps a token for a server, which becomes the one that commands talk to. */
export async function saveToken(url: string, token: string, as: string): Promise<void> {
  const saved = await read()
  const next: Saved = { current: plain(url), servers: { ...saved.servers, [plain(url)]: { token, as } } }
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  // Written aside and moved into place, so that no reader sees half a file; in a new folder of our own, since what lies in wait under
  // a name that could be guessed, a link or a file that others may read, would get the token.
  const aside = await mkdtemp(join(folder(), 'new-'))
  try {
    const fresh = join(aside, 'tokens.json')
    await writeFile(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(fresh, file())
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

export interface Session {
  readonly url: string
  readonly token: string
}

/** The server and the token to use. */
export async function session(): Promise<Session> {
  const saved = await read()
  const url = plain(process.env.STINT_URL ?? (saved.current || DEFAULT_URL))
  const token = process.env.STINT_TOKEN ?? saved.servers[url]?.token
  if (!token)
    throw new Stop(
      EXIT.unauthenticated,
      `no token for ${url}: run \`stint token --as you@contoso.com --amr mfa --save\`, or set STINT_TOKEN`,
    )
  return { url, token }
}
