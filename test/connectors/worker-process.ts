// One worker of ours as a process of its own, so that a test can stop it with a signal: tries an intent twice, says what came of it.

import { postgresConnector } from '../../src/connectors/postgres/index.ts'

const { config, intent } = JSON.parse(process.argv[2] ?? '{}')
const parsed = postgresConnector.parseConfig(config)
if (!parsed.ok) throw new Error(parsed.fault.words)
const session = postgresConnector.open(parsed.value, { now: () => Date.now(), env: process.env })
const signal = new AbortController().signal
const outcomes = [await session.apply(intent, signal), await session.apply(intent, signal)]
await session.close()
process.stdout.write(JSON.stringify(outcomes))
