// Somebody at the doors over the sample tenant, sending what recorded clients were seen to send.

import { makeContoso } from './contoso.ts'
import { openDoors, type Reply } from './doors.ts'
import type { World } from './world.ts'

export const SUB_ID = '00000000-0000-0000-0000-000000000000'
export const SUB = `/subscriptions/${SUB_ID}`
export const P = '/providers/Microsoft.Authorization'

/** The sample tenant, and a way to send as one of its people; every answer must be below 300 unless told otherwise. */
export async function openRecorded() {
  const w = await makeContoso()
  const doors = await openDoors(w as unknown as World)
  const send = async (who: string, method: string, path: string, body?: unknown): Promise<Reply> => {
    const token = await doors.token('admin', { oid: w.id(who), upn: `${who}@contoso.com` })
    return doors.send(null, method, path, body, { authorization: `Bearer ${token}` })
  }
  const must = async (who: string, method: string, path: string, body?: unknown): Promise<Reply> => {
    const reply = await send(who, method, path, body)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    return reply
  }
  return { w, send, must }
}

/** A query as Go's url package writes it: `%24filter`, `+` for blanks. */
export const goQuery = (pairs: Readonly<Record<string, string>>): string => new URLSearchParams(pairs).toString()
