// The listener: plain or over TLS, open before the house is, so that its address is known before anything names it.

import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { BlockList, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { StartProblem } from './start-problem.ts'

const STOP_PATIENCE_MS = 10_000

/** Is this peer a proxy that the configuration names? */
export function trusted(config: Config): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of config.trustedProxies) {
    const [ip = '', bits] = entry.split('/')
    const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(ip, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function tlsOf({ tlsCert = '', tlsKey = '' }: Config) {
  try {
    const pair = { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }
    createSecureContext(pair)
    return pair
  } catch (error) {
    throw new StartProblem(`the certificate or its key cannot be used: ${error instanceof Error ? error.message : error}`)
  }
}

/** Listens with a door that says "starting" until the house is open, so that the port is known before anything names it. */
export async function listen(config: Config, log: Logger) {
  let fetch: (request: Request, env: unknown) => Response | Promise<Response> = () => new Response(null, { status: 503 })
  const listener = getRequestListener((request, env) => fetch(request, env))
  const tls = config.tlsCert !== undefined && config.tlsKey !== undefined
  const server: Server = tls ? createHttpsServer(tlsOf(config), listener) : createHttpServer(listener)
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(taken ? new StartProblem(`port ${config.port} is taken: choose another with \`--port\``) : error)
    })
    server.listen(config.port, config.host, resolve)
  })
  server.on('error', (err) => log.error({ err }, 'the listener failed'))
  const { port } = server.address() as { port: number }
  const scheme = tls ? 'https' : 'http'
  const host = config.host.includes(':') ? `[${config.host.replace(/^\[|\]$/g, '')}]` : config.host
  return {
    url: `${scheme}://${host}:${port}`,
    publicUrl: (config.publicUrl ?? `${scheme}://localhost:${port}`).replace(/\/$/, ''),
    open(handler: typeof fetch) {
      fetch = handler
    },
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()))
      server.closeIdleConnections()
      const force = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS)
      await closed
      clearTimeout(force)
    },
  }
}
