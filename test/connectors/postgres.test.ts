// The suite on the PostgreSQL that comes with Stint, and what only PostgreSQL can do wrong.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/store/embedded.ts'
import { freePort } from './gate.ts'
import { postgresCases } from './postgres-cases.ts'
import type { PrivateServer } from './postgres-peer.ts'
import { postgresPeer } from './postgres-peer.ts'
import { connectorSuite } from './suite.ts'

async function server(): Promise<PrivateServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stint-target-'))
  const tcp = { port: await freePort(), password: 'the superuser of this test' }
  const embedded = await startEmbedded({ dataDir, durable: false, tcp })
  const stop = async () => {
    await embedded.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { port: tcp.port, superuser: embedded.user, password: tcp.password, stop }
}

connectorSuite('PostgreSQL 18', async () => postgresPeer(await server()))
postgresCases('PostgreSQL 18', async () => postgresPeer(await server()))
