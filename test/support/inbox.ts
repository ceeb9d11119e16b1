// Reads what people were told, as a test says it: `engineer Activated`.

import { expect } from 'vitest'
import { deliverMessages } from '../../src/operations/deliver-messages.ts'
import { PEOPLE, type World } from './world.ts'

const nameOf = (id: string) => Object.entries(PEOPLE).find(([, p]) => p.id === id)?.[0] ?? id

interface Row {
  who: string
  kind: string
  words: string
}

/** Everybody's new messages, as `who kind`, and the words of each. */
export function inbox(w: World) {
  const read = new Set<string>()
  const fresh = async (): Promise<Row[]> => {
    while ((await deliverMessages(w.ctx)) > 0);
    const rows = await w.db.query<{ id: string; principal_id: string; kind: string; words: string }>('select * from messages order by kind')
    const unread = rows.filter((r) => !read.has(r.id))
    for (const row of unread) read.add(row.id)
    return unread.map((r) => ({ who: nameOf(r.principal_id), kind: r.kind, words: r.words }))
  }
  return { fresh, told: async () => (await fresh()).map((r) => `${r.who} ${r.kind}`).sort() }
}

/** The work, which must be done. */
export const must = async <T extends { ok: boolean }>(work: Promise<T>) => {
  const done = await work
  expect(done).toMatchObject({ ok: true })
  return done as Extract<T, { ok: true }>
}
