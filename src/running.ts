// What a running server says of itself in its data folder, for commands on the same machine: where it listens, and how its
// private database is reached. Nothing secret: the socket's folder lets only its own account in.

import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const shape = z.object({
  pid: z.int(),
  url: z.string(),
  publicUrl: z.string(),
  loopback: z.boolean(),
  database: z.object({ host: z.string(), port: z.int(), user: z.string(), database: z.string() }).nullable(),
})

export type Running = z.output<typeof shape>

const fileOf = (data: string) => join(data, 'server.json')

/** Leaves the note; the answer takes it back. */
export async function announce(data: string, running: Running): Promise<() => Promise<void>> {
  const file = fileOf(data)
  const fresh = `${file}.${running.pid}`
  await writeFile(fresh, `${JSON.stringify(running)}\n`, { mode: 0o600 })
  await rename(fresh, file)
  return async () => {
    if ((await readNote(data))?.pid === running.pid) await rm(file, { force: true })
  }
}

async function readNote(data: string): Promise<Running | null> {
  const text = await readFile(fileOf(data), 'utf8').catch(() => null)
  try {
    return text === null ? null : (shape.safeParse(JSON.parse(text)).data ?? null)
  } catch {
    return null
  }
}

/** The server of a data folder, or null when none runs. */
export async function whoRuns(data: string): Promise<Running | null> {
  const note = await readNote(data)
  if (!note) return null
  try {
    process.kill(note.pid, 0)
    return note
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? note : null
  }
}
