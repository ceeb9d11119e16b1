// Signing in from the command line: in the browser of this machine, which comes back to a port of the loopback (RFC 8252), or with a
// code that is typed in anywhere. What a server demands of the proof (`claims`) goes along.

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { EXIT, Stop } from './exit.ts'
import {
  type Authority,
  askDevice,
  askToken,
  authorityOf,
  CLIENT_ID,
  type Grant,
  type Refusal,
  scopeOf,
  type Tokens,
  wordsOf,
} from './oauth.ts'
import { progress } from './output.ts'
import { saveSignIn } from './session.ts'

const PATH = '/signed-in'
const PATIENCE_MS = 10 * 60_000
const LOOPBACK = '127.0.0.1'

export interface Login {
  /** What a challenge demands, word for word. */
  readonly claims?: string | null
  /** By a code, instead of the browser here. */
  readonly device?: boolean
  /** Open the browser, or only say the address. */
  readonly open?: boolean
}

const token = () => randomBytes(32).toString('base64url')

function openBrowser(address: string): void {
  const own = process.env.BROWSER
  const [command, args] = own
    ? [own, [address]]
    : process.platform === 'darwin'
      ? ['open', [address]]
      : process.platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', address]]
        : ['xdg-open', [address]]
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  // Where there is none, the address was printed.
  child.on('error', () => {})
  child.unref()
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  connection: 'close',
}
const page = (response: ServerResponse, status: number, words: string): void => {
  response.writeHead(status, PAGE_HEADERS).end(`<!doctype html><html lang="en"><title>Stint</title><p>${words}</p></html>`)
}

/** Waits for the browser at a port of the loopback; whoever comes with another state is sent away, and it waits on. */
async function listen(state: string, issuer: string) {
  let settle: (found: URLSearchParams) => void = () => {}
  const found = new Promise<URLSearchParams>((done) => {
    settle = done
  })
  const server = createServer((request, response) => {
    const at = new URL(request.url ?? '/', `http://${LOOPBACK}`)
    const ours = request.headers.host === `${LOOPBACK}:${(server.address() as { port: number }).port}`
    if (!ours || request.method !== 'GET' || at.pathname !== PATH) return page(response, 404, 'There is nothing here.')
    const { searchParams: query } = at
    // The answer of another server, or one that somebody else began.
    if (query.get('state') !== state || query.get('iss') !== issuer) return page(response, 400, 'This is not the sign-in that was begun.')
    page(
      response,
      200,
      query.has('code') ? 'You are signed in. You can close this page.' : 'You are not signed in. You can close this page.',
    )
    settle(query)
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, LOOPBACK, done)
  })
  return {
    redirect: `http://${LOOPBACK}:${(server.address() as { port: number }).port}${PATH}`,
    async answer(): Promise<URLSearchParams> {
      let late: NodeJS.Timeout | undefined
      const never = new Promise<never>((_, fail) => {
        late = setTimeout(() => fail(new Stop(EXIT.unauthenticated, 'nobody signed in within ten minutes')), PATIENCE_MS)
      })
      return Promise.race([found, never]).finally(() => clearTimeout(late))
    },
    close: () => {
      server.close()
      server.closeIdleConnections()
    },
  }
}

const granted = (answer: Grant | Refusal): Grant => {
  if ('tokens' in answer) return answer
  throw new Stop(EXIT.unauthenticated, answer.words || answer.error)
}

async function byBrowser(url: string, authority: Authority, { claims, open = true }: Login): Promise<Tokens> {
  const [state, nonce, verifier] = [token(), token(), token()]
  const door = await listen(state, authority.issuer)
  try {
    const query = new URLSearchParams({
      ...{ client_id: CLIENT_ID, response_type: 'code', redirect_uri: door.redirect, scope: scopeOf(authority), state, nonce },
      ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
      ...(claims ? { claims } : {}),
    })
    const address = `${authority.authorize}?${query}`
    progress(`sign in at\n  ${address}`)
    if (open) openBrowser(address)
    const back = await door.answer()
    const code = back.get('code')
    if (code === null) throw new Stop(EXIT.unauthenticated, wordsOf(back.get('error_description')) || 'the sign-in was refused')
    const form = { grant_type: 'authorization_code', code, redirect_uri: door.redirect, code_verifier: verifier }
    const { tokens, idToken } = granted(await askToken(url, { ...form, scope: scopeOf(authority), ...(claims ? { claims } : {}) }))
    if (idToken.nonce !== nonce) throw new Stop(EXIT.unauthenticated, 'the answer is not to the sign-in that was begun')
    return tokens
  } finally {
    door.close()
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

async function byDevice(url: string, authority: Authority, { claims }: Login): Promise<Tokens> {
  const asked = await askDevice(url, authority, claims ?? null)
  progress(asked.message)
  let wait = asked.intervalMs
  for (;;) {
    await pause(wait)
    const answer = await askToken(url, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: asked.code })
    if ('tokens' in answer) return answer.tokens
    if (answer.error === 'slow_down') wait += asked.intervalMs
    else if (answer.error !== 'authorization_pending') granted(answer)
  }
}

/** Signs in at a server and keeps what it bought. */
export async function login(url: string, how: Login = {}): Promise<Tokens> {
  const authority = await authorityOf(url)
  const tokens = how.device ? await byDevice(url, authority, how) : await byBrowser(url, authority, how)
  await saveSignIn(url, tokens)
  return tokens
}
