// What the token service keeps: found by hash, used once, gone when it has ended, a bounded number at a time.

import { expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { authorityState, sweepAuthority } from '../../src/operations/authority-state.ts'
import { makeWorld } from '../support/world.ts'

const w = await makeWorld()
const codes = authorityState(w.ctx, 'AuthorizationCode')
const count = async () => (await w.db.query<{ n: number }>('select count(*)::int as n from authority_state'))[0]?.n

it('a value finds its row, and its hash in the store does not stand for it elsewhere', async () => {
  await codes.save('value', { jti: 'value', grantId: 'g', accountId: '11111111-1111-1111-1111-111111111111' }, 60)
  expect(await codes.find('value')).toMatchObject({ jti: 'value', grantId: 'g' })
  expect(await codes.find('valu')).toBeNull()
  expect(await authorityState(w.ctx, 'RefreshToken').find('value')).toBeNull()
  const rows = await w.db.query<{ text: string }>('select s::text as text from authority_state s')
  expect(rows.some(({ text }) => text.includes('"value"'))).toBe(false)
})

it('is used once, whoever asks: AlreadyUsed', async () => {
  await codes.save('once', {}, 60)
  const tries = await Promise.all(Array.from({ length: 8 }, () => codes.use('once')))
  expect(tries.filter(({ ok }) => ok)).toHaveLength(1)
  expect(tries.find(({ ok }) => !ok)).toMatchObject({ fault: { code: 'AlreadyUsed' } })
  expect(await codes.find('once')).toMatchObject({ consumed: expect.any(Number) })
  // What was used is not made new by being written again.
  expect(await codes.save('once', {}, 60)).toMatchObject({ ok: false, fault: { code: 'AlreadyUsed' } })
})

it('a device code that was decided stays decided', async () => {
  const devices = authorityState(w.ctx, 'DeviceCode')
  await devices.save('device', { userCode: 'BCDFGHJK' }, 60)
  expect(await devices.findByUserCode('BCDFGHJK')).toMatchObject({ userCode: 'BCDFGHJK' })
  await devices.save('device', { userCode: 'BCDFGHJK', accountId: '11111111-1111-1111-1111-111111111111' }, 60)
  const second = await devices.save('device', { userCode: 'BCDFGHJK', accountId: '22222222-2222-2222-2222-222222222222' }, 60)
  expect(second).toMatchObject({ ok: false })
  expect(await devices.find('device')).toMatchObject({ accountId: '11111111-1111-1111-1111-111111111111' })
})

it('is not found once it has ended, and swept in bounded steps', async () => {
  await w.db.query(
    `insert into authority_state (model, id, payload, ends_at)
     select 'AuthorizationCode', sha256(n::text::bytea), '{}', $1::timestamptz from generate_series(1, 1200) n`,
    [new Date(w.now() - MINUTE).toISOString()],
  )
  w.pass(3 * MINUTE)
  expect(await codes.find('value')).toBeNull()
  const before = (await count()) ?? 0
  expect(await sweepAuthority(w.ctx)).toBe(500)
  expect(await count()).toBe(before - 500)
  while ((await sweepAuthority(w.ctx)) > 0) expect((await count()) ?? 0).toBeLessThan(before)
  expect(await count()).toBe(0)
})
