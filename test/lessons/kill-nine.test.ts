// kill -9 of the server under load, twice. The long run is in the soak.

import { expect, it } from 'vitest'
import { killNine } from '../support/kill-nine.ts'

it('loses no acknowledged request and leaves nothing at the target', async () => {
  const harvest = await killNine(2)
  console.info(`kill -9: ${JSON.stringify(harvest)}`)
  expect(harvest.leftOver).toBe(0)
  expect(harvest.acknowledged).toBeGreaterThan(5)
}, 90_000)
