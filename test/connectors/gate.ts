// A way to a TCP target on which a test makes trouble: refuses, loses a reply after the effect, freezes a worker at a statement.
// It reads the unencrypted stream, so it fits any target whose requests can be told apart by some bytes in them.

import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { Gate } from './suite.ts'

export interface TcpGate extends Gate {
  readonly port: number
  /** Freezes what comes next with these bytes in it, and whatever follows. */
  freezeAt(bytes: string): { readonly reached: Promise<void>; thaw(): void }
  close(): Promise<void>
}

/** What an apply's first request and its effect look like on the wire. */
export interface Marks {
  readonly begins: string
  readonly effect: string
}

interface Trap {
  readonly bytes: string
  readonly spring: (client: Socket, up: Socket, chunk: Buffer) => void
}

/** Opens a gate to a port on this machine. */
export async function openGate(target: number, marks: Marks): Promise<TcpGate> {
  let refusing = false
  let traps: Trap[] = []
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  const server: Server = createServer((client) => {
    if (refusing) return client.destroy()
    const up = dial(target, '127.0.0.1')
    track(client)
    track(up)
    up.on('data', (chunk) => client.write(chunk))
    client.on('data', (chunk) => {
      const trap = traps.find((t) => chunk.includes(t.bytes))
      traps = traps.filter((t) => t !== trap)
      if (trap) trap.spring(client, up, chunk)
      else up.write(chunk)
    })
    client.on('close', () => up.destroy())
    up.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const freezeAt = (bytes: string) => {
    let thaw = () => {}
    const reached = new Promise<void>((resolve) => {
      const spring: Trap['spring'] = (client, up, chunk) => {
        client.pause()
        thaw = () => {
          if (!up.destroyed) up.write(chunk)
          client.resume()
        }
        resolve()
      }
      traps.push({ bytes, spring })
    })
    return { reached, thaw: () => thaw() }
  }

  return {
    port: (server.address() as { port: number }).port,
    refuse() {
      refusing = true
      for (const socket of sockets) socket.destroy()
    },
    pass() {
      refusing = false
    },
    loseNextReply() {
      const spring: Trap['spring'] = (client, up, chunk) => {
        up.removeAllListeners('data')
        up.once('data', () => client.destroy())
        up.write(chunk)
      }
      traps.push({ bytes: marks.effect, spring })
    },
    freeze: () => freezeAt(marks.begins),
    freezeAt,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port on this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
