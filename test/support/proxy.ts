// A CONNECT proxy on loopback: clients that have the reference's host names built in are led to our server. Nothing else is reached.

import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

/** Names that clients have built in, all of them ours here. */
export const BUILT_IN = ['login.microsoftonline.com', 'graph.microsoft.com', 'management.azure.com', 'management.core.windows.net']

export interface ConnectProxy {
  /** Such as `http://127.0.0.1:4711`. */
  readonly url: string
  /** Hosts that were asked for and refused. */
  readonly refused: ReadonlySet<string>
  close(): Promise<void>
}

/** Leads the built-in names, and the server's own, to `port` on loopback. */
export async function openProxy(port: number): Promise<ConnectProxy> {
  const refused = new Set<string>()
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket))
  }
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (request, client: Socket, head: Buffer) => {
    const [host = ''] = (request.url ?? '').split(':')
    keep(client)
    if (!BUILT_IN.includes(host) && host !== 'localhost') {
      refused.add(host)
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (head.length > 0) upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    keep(upstream)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port: own } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${own}`,
    refused,
    close: () =>
      new Promise((done) => {
        for (const socket of open) socket.destroy()
        server.close(() => done())
      }),
  }
}
