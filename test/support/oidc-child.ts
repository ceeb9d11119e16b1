// An identity provider as a process of its own: the library that we are not a client of elsewhere, on a port of the loopback. Who is
// signed in, and what it lies about, is told to it at `/control`. It signs its lies with its own key, as a provider would.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { Provider } from '../../src/http/authority/library.ts'

interface Control {
  /** Who signs in there. */
  sub: string
  acr?: string
  /** Further claims of the id token. */
  claims?: Record<string, unknown>
  /** What is put in the place of what it would have said; null takes it away. */
  lies?: Record<string, unknown>
  /** Signed by a key that it shows to nobody, or by none. */
  signature?: 'foreign' | 'none' | 'hmac'
  /** Its answer at the token endpoint comes after so long. */
  delayMs?: number
}

const [clients = '[]'] = process.argv.slice(2)
let control: Control = { sub: 'nobody' }

const pair = await generateKeyPair('RS256', { extractable: true })
const foreign = await generateKeyPair('RS256', { extractable: true })
const jwk = { ...(await exportJWK(pair.privateKey)), kid: 'peer', alg: 'RS256', use: 'sig' }

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The id token with the lies in it. */
async function lied(idToken: string): Promise<string> {
  const said = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
  const all = { ...said, ...control.claims, ...control.lies }
  const claims = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
  if (control.signature === 'none') return `${part({ alg: 'none' })}.${part(claims)}.`
  if (control.signature === 'hmac')
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(JSON.stringify({ n: jwk.n, e: jwk.e })))
  const key = control.signature === 'foreign' ? foreign.privateKey : await importJWK(jwk, 'RS256')
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'peer' }).sign(key)
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const one of request) parts.push(one as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

const server = createServer((request, response) => void handle(request, response))
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`

const provider = new Provider(issuer, {
  clients: JSON.parse(clients),
  jwks: { keys: [jwk] },
  acrValues: ['urn:peer:pwd', 'urn:peer:mfa', 'urn:peer:phr'],
  scopes: ['openid', 'profile'],
  claims: { openid: ['sub', 'acr', 'auth_time'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['peer'] },
  interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...control.claims }) }),
})
const callback = provider.callback()

/** Signs whoever is told of in, and says yes to everything. */
async function interact(request: IncomingMessage, response: ServerResponse) {
  const found = (await provider.interactionDetails(request, response)) as unknown as {
    params: { client_id: string; scope: string }
    prompt: { name: string }
    session?: { accountId: string }
  }
  const { client_id: clientId, scope } = found.params
  if (found.prompt.name === 'login') {
    const login = { accountId: control.sub, ...(control.acr ? { acr: control.acr } : {}) }
    return provider.interactionResult(request, response, { login })
  }
  const grant = new provider.Grant({ accountId: found.session?.accountId ?? control.sub, clientId })
  grant.addOIDCScope(scope)
  return provider.interactionResult(request, response, { consent: { grantId: await grant.save() } })
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', issuer).pathname
  if (path === '/control') {
    control = JSON.parse(await bodyOf(request)) as Control
    response.writeHead(204).end()
    return
  }
  if (path.startsWith('/interaction/')) {
    response.writeHead(303, { location: await interact(request, response) }).end()
    return
  }
  if (path !== '/token') return callback(request, response)
  if (control.delayMs) await new Promise((done) => setTimeout(done, control.delayMs))
  const end = response.end.bind(response)
  // Its own answer, with the lies put in.
  response.end = ((chunk?: unknown) => {
    const text = Buffer.from((chunk as string | undefined) ?? '').toString('utf8')
    const body = text.startsWith('{') ? (JSON.parse(text) as { id_token?: string }) : {}
    if (!body.id_token) return end(text)
    void lied(body.id_token).then((idToken) => {
      const changed = JSON.stringify({ ...body, id_token: idToken })
      if (!response.headersSent) response.setHeader('content-length', Buffer.byteLength(changed))
      end(changed)
    })
    return response
  }) as typeof response.end
  return callback(request, response)
}

process.stdout.write(`${JSON.stringify({ issuer })}\n`)
process.on('disconnect', () => process.exit(0))
