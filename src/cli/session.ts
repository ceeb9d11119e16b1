// Where the commands find their server and their token: STINT_URL and STINT_TOKEN, else what was saved, in a file that only its
// owner can read (D32).

import { constants } from 'node:fs'
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { wallClock } from './clock.ts'
import { EXIT, Stop } from './exit.ts'
import { askToken, type Tokens } from './oauth.ts'

/** A token that was signed on the machine has nothing to be refreshed by. */
type Kept = Pick<Tokens, 'token' | 'as'> & Partial<Tokens>

interface Saved {
  readonly current: string
  readonly servers: Readonly<Record<string, Kept>>
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
export const saveToken = (url: string, token: string, as: string): Promise<void> => saveSignIn(url, { token, as })

/** The same for a sign-in with all that it bought. */
export async function saveSignIn(url: string, kept: Kept): Promise<void> {
  const saved = await read()
  await write({ current: plain(url), servers: { ...saved.servers, [plain(url)]: kept } })
}

/** Forgets what is kept for a server; answers whose it was, or null. */
export async function forgetSignIn(url: string): Promise<string | null> {
  const saved = await read()
  const { [plain(url)]: gone, ...servers } = saved.servers
  if (gone) await write({ ...saved, servers })
  return gone?.as ?? null
}

async function write(next: Saved): Promise<void> {
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
  /** Whose token it is; null where nobody says. */
  readonly as: string | null
  readonly token: string
}

/** A token that ends within this is refreshed first, so that it does not end under way. */
const SOON_MS = 60_000

async function refreshed(url: string, kept: Kept): Promise<string> {
  if (kept.refresh === undefined || (kept.endsAt ?? 0) - wallClock() > SOON_MS) return kept.token
  const answer = await askToken(url, { grant_type: 'refresh_token', refresh_token: kept.refresh })
  if (!('tokens' in answer)) throw new Stop(EXIT.unauthenticated, `${answer.words || 'the sign-in has ended'}: run \`stint login\``)
  await keepFresh(url, answer.tokens)
  return answer.tokens.token
}

/** Keeps a refreshed token, unless somebody signed out or in meanwhile. The server that commands talk to stays the same. */
async function keepFresh(url: string, tokens: Tokens): Promise<void> {
  const saved = await read()
  if (saved.servers[url]) await write({ ...saved, servers: { ...saved.servers, [url]: tokens } })
}

/** The server that commands talk to. */
export const currentUrl = async (): Promise<string> => plain(process.env.STINT_URL ?? ((await read()).current || DEFAULT_URL))

/** The server and the token to use. */
export async function session(): Promise<Session> {
  const url = await currentUrl()
  if (process.env.STINT_TOKEN) return { url, as: null, token: process.env.STINT_TOKEN }
  const kept = (await read()).servers[url]
  if (!kept) throw new Stop(EXIT.unauthenticated, `not signed in at ${url}: run \`stint login\`, or set STINT_TOKEN`)
  return { url, as: kept.as, token: await refreshed(url, kept) }
}
