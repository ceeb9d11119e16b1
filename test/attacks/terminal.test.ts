// Names that would command the terminal of whoever lists them, and token files that would give the token away.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, named, progress, table } from '../../src/cli/output.ts'
import { oneLine, printable, printableJson } from '../../src/cli/printable.ts'
import { saveToken, session } from '../../src/cli/session.ts'

const ESC = '\u001b'
const EVIL = [
  `${ESC}[2J${ESC}[H`,
  `${ESC}]0;root\u0007`,
  '\u009b31m',
  '\r',
  '\b\b\b',
  '\u202egpj.exe',
  '\u2066x\u2069',
  '\u0000',
  '\u007f',
  '\u200f',
]
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const COMMANDS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200f]/

describe('a name', () => {
  it.each(EVIL)('%j is shown, not obeyed', (name) => {
    expect(printableJson({ name })).not.toMatch(COMMANDS)
    for (const shown of [printable(name), oneLine(name), table(['A'], [[name]])]) {
      expect(shown).not.toMatch(COMMANDS)
      expect(shown).toContain('\\u')
    }
    expect(JSON.parse(printableJson({ name }))).toEqual({ name })
  })

  it('does not pass for a line of ours', () => {
    const name = 'sam\nstint: everything is fine'
    expect(table(['NAME'], [[name]]).split('\n')).toHaveLength(2)
    const privilege = {
      plane: 'group',
      role: { id: 'member', name: 'Member' },
      scope: { id: 'x', displayName: name, kind: 'group' },
    } as const
    expect(named(privilege)).not.toContain('\n')
  })

  it('of people stays as it is, in any script', () => {
    for (const name of ['Zoë Ångström', '山田 太郎', 'محمد', 'שרה', 'José 👩‍🚀', 'O’Brien-Núñez']) expect(oneLine(name)).toBe(name)
  })

  it('comes out harmless by every way of printing', () => {
    const written: string[] = []
    const keep = (chunk: unknown) => written.push(String(chunk)) > 0
    const { stdout, stderr } = process
    const [out, err] = [stdout.write, stderr.write]
    Object.assign(stdout, { write: keep })
    Object.assign(stderr, { write: keep })
    try {
      for (const name of EVIL) {
        answer({}, {}, () => `hello ${name}`)
        answer({ json: true }, { name }, () => '')
        progress(name)
      }
    } finally {
      Object.assign(stdout, { write: out })
      Object.assign(stderr, { write: err })
    }
    expect(written).toHaveLength(EVIL.length * 3)
    expect(written.join('')).not.toMatch(COMMANDS)
  })
})

describe('a refusal of the server', () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const problem = {
    type: 'x',
    title: 'x',
    status: 403,
    code: 'Forbidden',
    findings: [],
    requestId: 'r',
    detail: `no ${ESC}[31mred${ESC}[0m`,
  }
  const server = createServer((_, response) => response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(problem)))
  afterAll(() => void server.close())

  it('is told without its colours, and the token is nowhere', async () => {
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { spawn } = await import('node:child_process')
    const env = { ...process.env, STINT_URL: `http://127.0.0.1:${port}`, STINT_TOKEN: 'the-very-token', STINT_HOME: '/nonexistent' }
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'roles'], { env })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    await new Promise((done) => child.once('close', done))
    expect(said).toContain('\\u001b[31mred')
    expect(said).not.toMatch(COMMANDS)
    expect(said).not.toContain('the-very-token')
  })
})

describe('the token file', () => {
  let home = ''
  const at = (name: string) => join(home, name)
  const before = { ...process.env }
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'stint-attack-'))
    process.env.STINT_HOME = home
    delete process.env.STINT_TOKEN
    delete process.env.STINT_URL
  })
  afterEach(() => {
    process.env = { ...before }
    rmSync(home, { recursive: true, force: true })
  })

  it('is for its owner alone, also in a folder that others may write to', async () => {
    chmodSync(home, 0o777)
    await saveToken('http://localhost:1', 'secret', 'me')
    expect(statSync(at('tokens.json')).mode & 0o777).toBe(0o600)
    expect(readdirSync(home)).toEqual(['tokens.json'])
    expect(await session()).toEqual({ url: 'http://localhost:1', as: 'me', token: 'secret' })
  })

  it('is not written through a link or a file that lies in wait', async () => {
    chmodSync(home, 0o777)
    writeFileSync(at('loot'), '', { mode: 0o666 })
    symlinkSync(at('loot'), at(`tokens.json.${process.pid}`))
    await saveToken('http://localhost:1', 'secret', 'me')
    expect(readFileSync(at('loot'), 'utf8')).toBe('')
    expect(statSync(at('tokens.json')).mode & 0o777).toBe(0o600)
  })

  it('replaces a link, and is never read through one', async () => {
    mkdirSync(at('elsewhere'))
    writeFileSync(at('elsewhere/loot'), '{"current":"http://evil","servers":{"http://evil":{"token":"theirs","as":"x"}}}', { mode: 0o600 })
    symlinkSync(at('elsewhere/loot'), at('tokens.json'))
    await expect(session()).rejects.toThrow('is a link')
    rmSync(at('tokens.json'))
    await saveToken('http://localhost:1', 'secret', 'me')
    expect(readFileSync(at('elsewhere/loot'), 'utf8')).not.toContain('secret')
  })

  it('of another account is not believed', async () => {
    if (process.getuid?.() !== 0) return
    writeFileSync(at('tokens.json'), '{"current":"","servers":{}}', { mode: 0o600 })
    expect(spawnSync('chown', ['65534', at('tokens.json')]).status).toBe(0)
    await expect(session()).rejects.toThrow('another account')
    expect(existsSync(at('tokens.json'))).toBe(true)
  })

  it('that others can read is refused', async () => {
    writeFileSync(at('tokens.json'), '{"current":"","servers":{}}', { mode: 0o644 })
    await expect(session()).rejects.toThrow('make its mode 600')
  })
})
