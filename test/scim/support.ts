// A source that pushes, over a world: its token is real, and what it sends goes through the doors.

import { expect } from 'vitest'
import type { Source } from '../../src/domain/identity/source.ts'
import { addSource, addToken } from '../../src/operations/identity-sources.ts'
import { type Doors, ORIGIN, openDoors, type Reply } from '../support/doors.ts'
import { makeWorld, type World } from '../support/world.ts'

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

export interface Sender {
  readonly source: Source
  readonly token: string
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  /** Adds a person and answers with them. */
  // biome-ignore lint/suspicious/noExplicitAny: SCIM bodies, judged by matchers
  user(name: string, more?: Record<string, unknown>): Promise<any>
  // biome-ignore lint/suspicious/noExplicitAny: SCIM bodies, judged by matchers
  group(name: string, members?: readonly string[], more?: Record<string, unknown>): Promise<any>
  patch(path: string, ...operations: readonly object[]): Promise<Reply>
}

export interface ScimWorld extends Sender {
  readonly w: World
  readonly doors: Doors
  another(name: string, adopt?: boolean): Promise<Sender>
}

export async function openSender(w: World, doors: Doors, name: string, adopt = false): Promise<Sender> {
  const made = await addSource(w.ctx, w.as('admin'), { kind: 'scim', name, adopt, settings: {} })
  if (!made.ok) throw new Error(made.fault.words)
  const token = await addToken(w.ctx, w.as('admin'), name, 365)
  if (!token.ok) throw new Error(token.fault.words)
  const send: Sender['send'] = async (method, path, body, headers = {}) => {
    const response = await doors.app.request(`${ORIGIN}/scim/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token.value.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers }
  }
  return {
    source: made.value,
    token: token.value.token,
    send,
    async user(userName, more = {}) {
      const reply = await send('POST', '/Users', { schemas: [USER], userName, active: true, ...more })
      expect(reply).toMatchObject({ status: 201 })
      return reply.body
    },
    async group(displayName, members = [], more = {}) {
      const body = { schemas: [GROUP], displayName, members: members.map((value) => ({ value })), ...more }
      const reply = await send('POST', '/Groups', body)
      expect(reply).toMatchObject({ status: 201 })
      return reply.body
    },
    patch: (path, ...operations) => send('PATCH', path, { schemas: [PATCH_OP], Operations: operations }),
  }
}

/** A world with one source, `Okta`. */
export async function openScim(adopt = false): Promise<ScimWorld> {
  const w = await makeWorld()
  const doors = await openDoors(w)
  return { w, doors, ...(await openSender(w, doors, 'Okta', adopt)), another: (name, its = false) => openSender(w, doors, name, its) }
}
