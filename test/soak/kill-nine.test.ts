// Twenty times kill -9 of the server under load.

import { expect, it } from 'vitest'
import { killNine } from '../support/kill-nine.ts'

it('loses no acknowledged request and leaves nothing at the target', async () => {
  const harvest = await killNine(20)
  console.info(`kill -9: ${JSON.stringify(harvest)}`)
  expect(harvest.leftOver).toBe(0)
  expect(harvest.acknowledged).toBeGreaterThan(50)
}, 600_000)
