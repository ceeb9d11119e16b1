// Who owns a data folder: exactly one, whatever the dead have left there.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { own } from '../../src/store/embedded-owner.ts'
import { embeddedChild } from '../support/children.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stint-owner-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const me = async () => JSON.parse((await readFile(join(folder, 'owner-1'), 'utf8')).split('\n')[0] ?? '') as Record<string, unknown>
const put = (n: number, owner: Record<string, unknown>) => writeFile(join(folder, `owner-${n}`), `${JSON.stringify(owner)}\n0`)

describe('owning a folder', () => {
  it('ends with giving it back', async () => {
    const release = await own(folder)
    await expect(own(folder)).rejects.toThrow(`in use by process ${process.pid}`)
    release()
    const again = await own(folder)
    again()
    expect(await readdir(folder)).toEqual(['owner-2'])
  })

  it('is not kept by a dead process, nor by another that got its number', async () => {
    ;(await own(folder))()
    const { released: _, ...owner } = await me()
    await put(2, { ...owner, started: '1' })
    ;(await own(folder))()
    await put(4, { ...owner, pid: 2 ** 22 })
    ;(await own(folder))()
    expect(await readdir(folder)).toEqual(['owner-5'])
  })

  it('is kept by a process in another container while that shows life, and no longer', async () => {
    ;(await own(folder))()
    const { released: _, ...owner } = await me()
    await put(2, { ...owner, view: 'pid:[1]' })
    let beat = 0
    const alive = setInterval(
      () => writeFile(join(folder, 'owner-2'), `${JSON.stringify({ ...owner, view: 'pid:[1]' })}\n${++beat % 10}`),
      30,
    )
    await expect(own(folder, 200)).rejects.toThrow('in use by a process in another container')
    clearInterval(alive)
    await new Promise((done) => setTimeout(done, 100))
    const release = await own(folder, 200)
    release()
  })

  it('goes to one of several that come at once after a death', async () => {
    ;(await own(folder))()
    const { released: _, ...owner } = await me()
    await put(2, { ...owner, pid: 2 ** 22 })
    const dataDir = folder
    const children = [1, 2, 3].map(() => embeddedChild({ dataDir, durable: false }, 'hold'))
    const answers = await Promise.allSettled(children.map((child) => child.told))
    for (const child of children) child.process.kill('SIGTERM')
    await Promise.all(children.map((child) => child.ended))
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
    for (const answer of answers) if (answer.status === 'rejected') expect(String(answer.reason)).toContain('is in use by process')
  })
})
