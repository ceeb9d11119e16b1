// Where the commands find their server and their token: STINT_URL and STINT_TOKEN, else what was saved, in a file that only its
// owner can read (D32).

import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
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

async function read(): Promise<Saved> {
  const text = await readFile(file(), 'utf8').catch(() => null)
  if (text === null) return NONE
  const { mode } = await stat(file())
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new Stop(EXIT.unauthenticated, `\`${file()}\` can be read by others: make its mode 600`)
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
  // Written aside and moved into place, so that no reader sees half a file.
  const fresh = `${file()}.${process.pid}`
  await writeFile(fresh, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  await rename(fresh, file())
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
