// A server with its authority, and a client of it that sends what it is told: for tests of what no proper client would send.

import { setPassword } from '../../src/errands.ts'
import type { PasswordInput } from '../../src/operations/user-password.ts'
import { type Config, type issueToken, readSettings } from '../../src/server.ts'
import { sampleServer, type TestServer, urlOf } from './server.ts'

export const TENANT = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'
export const TOOL = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
export const GRAPH = 'https://graph.microsoft.com'
export const ARM = 'https://management.azure.com'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: judged by matchers
  readonly body: any
  readonly headers: Headers
}

export interface Authority extends TestServer {
  /** Sends a form to an endpoint under the tenant's id, or to a path of its own. */
  form(path: string, fields: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Sets a password that counts as two factors and may be sent by applications, unless told otherwise. */
  password(upn: string, password: string, more?: Partial<PasswordInput>): Promise<void>
  /** The settings of its process, for errands. */
  readonly config: Config
  token(as: string, more?: Partial<Parameters<typeof issueToken>[1]>): Promise<string>
}

/** Starts one. */
export async function authorityServer(flags: Record<string, unknown> = {}): Promise<Authority> {
  const server = await sampleServer(flags)
  const read = readSettings({ data: server.data, databaseUrl: urlOf(server.database.options), sample: true, logLevel: 'silent' }, {})
  if (!read.ok) throw new Error(read.problems.join('; '))
  const { config } = read
  return {
    ...server,
    config,
    async password(upn, password, more = {}) {
      await setPassword(config, { upn, password, passwordGrant: true, methods: ['pwd', 'mfa'], contexts: [], ...more })
    },
    async form(path, fields, headers = {}) {
      const response = await fetch(`${server.url}${path.startsWith('/') ? path : `/${TENANT}/oauth2/v2.0/${path}`}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
        redirect: 'manual',
      })
      return { status: response.status, body: await response.json(), headers: response.headers }
    },
  }
}

/** The payload of a token, unchecked. */
// biome-ignore lint/suspicious/noExplicitAny: judged by matchers
export const payloadOf = (token: string): any => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
