// LISTEN on one connection of its own, shared by all channels. It only shortens waits: correctness never depends on it.

import type pg from 'pg'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000

type On = (payload: string) => void

export interface Listener {
  listen(channel: string, on: On): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** Keeps a connection listening for as long as somebody listens. */
export function listener(connect: () => pg.Client, onError: (error: Error) => void): Listener {
  const channels = new Map<string, Set<On>>()
  let client: pg.Client | null = null
  let opening: Promise<pg.Client> | null = null
  let retry: NodeJS.Timeout | null = null
  let pause = FIRST_PAUSE_MS
  let closed = false

  const open = async (): Promise<pg.Client> => {
    const fresh = connect()
    fresh.on('error', onError)
    fresh.on('notification', (note) => {
      for (const on of channels.get(note.channel) ?? []) on(note.payload ?? '')
    })
    fresh.on('end', () => {
      if (client === fresh) client = null
      if (!closed && channels.size > 0) again()
    })
    await fresh.connect()
    if (closed) await fresh.end()
    for (const channel of channels.keys()) await fresh.query(`listen ${fresh.escapeIdentifier(channel)}`)
    client = fresh
    pause = FIRST_PAUSE_MS
    return fresh
  }

  const ready = (): Promise<pg.Client> => {
    if (client !== null) return Promise.resolve(client)
    opening ??= open().finally(() => {
      opening = null
    })
    return opening
  }

  const again = () => {
    if (retry !== null) return
    retry = setTimeout(async () => {
      retry = null
      if (closed || channels.size === 0) return
      try {
        await ready()
        // Whatever was said while nobody listened is lost, so everybody looks for themselves.
        for (const all of channels.values()) for (const on of all) on('')
      } catch {
        again()
      }
    }, pause)
    retry.unref()
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }

  return {
    async listen(channel, on) {
      const there = await ready()
      const all = channels.get(channel) ?? new Set()
      channels.set(channel, all.add(on))
      // Should the connection break just now, the next one listens on every channel.
      await there.query(`listen ${there.escapeIdentifier(channel)}`).catch(onError)
      return async () => {
        all.delete(on)
        if (all.size > 0 || channels.get(channel) !== all) return
        channels.delete(channel)
        // On a broken connection there is nothing to take back.
        await client?.query(`unlisten ${client.escapeIdentifier(channel)}`).catch(() => {})
      }
    },
    async close() {
      closed = true
      if (retry !== null) clearTimeout(retry)
      await client?.end()
    },
  }
}
