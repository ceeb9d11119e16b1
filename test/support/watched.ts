// The doors watched while they are sent what nobody should send: what they log as a fault of ours, and what is thrown past them.

import { afterAll } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import type { Deps } from '../../src/http/deps.ts'

/** The application over these deps, and what went wrong in it so far: both lists must stay empty. */
export function watched(deps: Deps) {
  const faults: unknown[] = []
  const thrown: unknown[] = []
  const onThrown = (error: unknown) => void thrown.push(error)
  process.on('unhandledRejection', onThrown)
  afterAll(() => void process.off('unhandledRejection', onThrown))
  return { app: createApp({ ...deps, log: { ...deps.log, error: (data) => void faults.push(data) } }), faults, thrown }
}
