// The same suite on PostgreSQL 15: one grant for all grantors, no options on a membership.

import { postgresCases } from '../connectors/postgres-cases.ts'
import { postgresPeer } from '../connectors/postgres-peer.ts'
import { connectorSuite } from '../connectors/suite.ts'
import { startDebianPostgres } from './debian-postgres.ts'

connectorSuite('PostgreSQL 15', async () => postgresPeer(await startDebianPostgres(15)))
postgresCases('PostgreSQL 15', async () => postgresPeer(await startDebianPostgres(15)))
