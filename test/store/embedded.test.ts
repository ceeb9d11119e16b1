// The private server: one owner, found again after a violent death, ends with us, and is closed to everybody else.

import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbedded } from '../../src/store/embedded.ts'
import { openDb } from '../../src/store/sql.ts'
import { embeddedChild, runs } from '../support/children.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-embedded-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('one data folder', () => {
  it('keeps its data, and starts the second time in a fraction of the first', async () => {
    const dataDir = join(folder, 'again')
    const first = await startEmbedded({ dataDir })
    const db = openDb(first.url())
    await db.query('create table kept as select 7 as n')
    await db.close()
    await first.stop()
    expect(runs(first.pid)).toBe(false)
    const sent = performance.now()
    const second = await startEmbedded({ dataDir })
    expect(performance.now() - sent).toBeLessThan(1_000)
    const again = openDb(second.url())
    expect(await again.query('select n from kept')).toEqual([{ n: 7 }])
    expect(
      await again.query(`select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp, datlocprovider as locale, datcollate
      from pg_database where datname = current_database()`),
    ).toEqual([{ fsync: 'on', tcp: '', locale: 'b', datcollate: 'C' }])
    await again.close()
    await second.stop()
    expect(existsSync(second.socketDir)).toBe(false)
  })

  it('has one owner: a second is told who has it and what to do, in this process and in another', async () => {
    const dataDir = join(folder, 'owned')
    const server = await startEmbedded({ dataDir })
    const refusal = `is in use by process ${process.pid}; stop that one first, or name another data folder`
    await expect(startEmbedded({ dataDir })).rejects.toThrow(refusal)
    await expect(embeddedChild({ dataDir }, 'stop').told).rejects.toThrow(refusal)
    await server.stop()
    const next = await embeddedChild({ dataDir }, 'stop').told
    expect(next.rows).toBe(1)
  })

  it('is taken over after kill -9: the server left behind is stopped, nothing is lost', async () => {
    const dataDir = join(folder, 'killed')
    const child = embeddedChild({ dataDir }, 'hold')
    const told = await child.told
    child.process.kill('SIGKILL')
    await child.ended
    expect(runs(told.pid)).toBe(true)
    const next = await embeddedChild({ dataDir }, 'stop').told
    expect(next.rows).toBe(2)
    expect(runs(told.pid)).toBe(false)
  })
})

describe('a first start', () => {
  it('that was killed while the cluster was being made leaves nothing in the way of the next', async () => {
    const dataDir = join(folder, 'interrupted')
    const child = embeddedChild({ dataDir }, 'stop')
    await expect
      .poll(async () => (await readdir(dataDir).catch(() => [])).some((name) => name.startsWith('unfinished-')), {
        interval: 5,
        timeout: 15_000,
      })
      .toBe(true)
    child.process.kill('SIGKILL')
    await child.ended
    expect((await embeddedChild({ dataDir }, 'stop').told).rows).toBe(1)
    expect((await readdir(dataDir)).filter((name) => !/^owner-\d+$/.test(name)).sort()).toEqual(['postgres', 'postgres.log'])
  })
})

describe('the end of our process', () => {
  it.each([
    ['SIGTERM', 'hold'],
    ['SIGINT', 'hold'],
    ['exit', 'exit'],
  ] as const)('by %s ends the server too', async (how, then) => {
    const child = embeddedChild({ dataDir: join(folder, `ends-${how}`), durable: false }, then)
    const { pid } = await child.told
    if (how !== 'exit') child.process.kill(how)
    expect(await child.ended).toBe(how === 'exit' ? 0 : how)
    await expect.poll(() => runs(pid), { timeout: 5_000 }).toBe(false)
  })
})

describe('where it lies', () => {
  it('keeps the socket path short under a deep folder, and closed to others', async () => {
    const dataDir = join(folder, 'deep'.repeat(40))
    const server = await startEmbedded({ dataDir, durable: false })
    expect(Buffer.byteLength(join(server.socketDir, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107)
    expect((await stat(server.socketDir)).mode & 0o777).toBe(0o700)
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
    const db = openDb(server.url())
    expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
    await db.close()
    await server.stop()
    expect(existsSync(server.socketDir)).toBe(false)
  })
})

describe('over loopback, when asked', () => {
  const freePort = () =>
    new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
    })

  it('takes the right password and no other', async () => {
    const port = await freePort()
    const server = await startEmbedded({ dataDir: join(folder, 'tcp'), durable: false, tcp: { port, password: `it's a 'secret'` } })
    const login = async (password: string) => {
      const db = openDb({ host: '127.0.0.1', port, user: server.user, password, database: 'postgres', max: 1 })
      try {
        return await db.query('select current_user as me')
      } finally {
        await db.close()
      }
    }
    expect(await login(`it's a 'secret'`)).toEqual([{ me: server.user }])
    await expect(login('guess')).rejects.toThrow('password authentication failed')
    // Taken ports are told with the server's own words, and the folder is free again afterwards.
    const dataDir = join(folder, 'tcp-taken')
    await expect(startEmbedded({ dataDir, durable: false, tcp: { port, password: 'x' } })).rejects.toThrow('Address already in use')
    const alone = await startEmbedded({ dataDir, durable: false })
    await alone.stop()
    await server.stop()
  })
})
