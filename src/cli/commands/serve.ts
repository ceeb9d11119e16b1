// `stint serve`: runs the server until it is told to stop.

import { Command } from 'commander'
import { configOf, houseOptions, opened } from '../settings.ts'

export const serveCommand = () =>
  houseOptions(new Command('serve'))
    .description('run the server')
    .option('--port <number>', 'port to listen on, 0 for any (STINT_PORT, default 7080)')
    .option('--host <address>', 'address to listen on (STINT_HOST, default 127.0.0.1)')
    .option('--public-url <url>', 'the address clients know it by (STINT_PUBLIC_URL, default http://localhost:PORT)')
    .option('--tls-cert <file>', 'certificate chain, PEM (STINT_TLS_CERT)')
    .option('--tls-key <file>', 'its private key, PEM (STINT_TLS_KEY)')
    .option('--sample', 'load the sample tenant Contoso into an empty installation (STINT_SAMPLE)')
    .option('--json', 'say `{"ready":true,"url":"…"}` in one line when ready (STINT_JSON)')
    .action(async (flags: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { startServer } = await import('../../server.ts')
      const stopped = signal()
      const server = await opened(() => startServer(config))
      const { url, publicUrl } = server
      const words = config.json ? JSON.stringify({ ready: true, url, publicUrl, pid: process.pid }) : `Stint is ready at ${publicUrl}`
      process.stdout.write(`${words}\n`)
      // Said once, to whoever started it, and never to the log: it opens the account of the first administrator.
      const { firstLink } = await import('../../errands.ts')
      const first = await firstLink(server)
      if (first !== null) process.stderr.write(`${first}\n`)
      await stopped
      await server.stop()
    })

/** Resolves with the first signal to stop; a second one ends the process at once. */
function signal(): Promise<void> {
  return new Promise((done) => {
    let first = true
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (!first) process.exit(130)
        first = false
        done()
      })
    }
  })
}
