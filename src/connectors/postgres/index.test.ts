// What the connector decides without a server: its configuration, its secrets, its table of errors, its set-up script.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseError } from 'pg'
import { describe, expect, test } from 'vitest'
import { anyConnector } from '../../domain/provisioning/connector.ts'
import { parsePostgresConfig, readSecret, SecretMissing } from './config.ts'
import { postgresConnector } from './index.ts'
import { trouble } from './outcome.ts'
import { setupScript } from './setup.ts'

const CONFIG = { host: 'db.contoso.com', database: 'app', user: 'stint_connector', password: { env: 'PW' } }

// biome-ignore format: one configuration per line
test.each([
  ['a password in the clear',          { password: 'hunter2' },                     /password/],
  ['no encryption across a network',   { tls: 'disable' },                          /must not cross a network/],
  ['a host that only looks local',     { host: '127.0.0.1.evil.com', tls: 'disable' }, /must not cross a network/],
  ['a word that means nothing',        { sslmode: 'prefer' },                       /sslmode/],
  ['no patience at all',               { callMs: 0 },                               /callMs/],
])('the configuration refuses %s', (_, more, words) => {
  const parsed = parsePostgresConfig({ ...CONFIG, ...more })
  expect(parsed).toMatchObject({ ok: false, fault: { code: 'MalformedBody', words: expect.stringMatching(words) } })
  expect(JSON.stringify(parsed)).not.toContain('hunter2')
})

test.each(['localhost', '127.0.0.1', '::1', '/run/postgresql'])('on this machine (%s) encryption may be off', (host) => {
  expect(parsePostgresConfig({ ...CONFIG, host, tls: 'disable' })).toMatchObject({ ok: true, value: { port: 5432, callMs: 5000 } })
})

test('a connector opens nothing, and asks for no secret, before its first question', async () => {
  const opened = anyConnector(postgresConnector).open(CONFIG, { now: () => 0, env: {} })
  expect(opened.ok).toBe(true)
  if (!opened.ok) return
  expect(await opened.value.check([], new AbortController().signal)).toMatchObject({ reachable: false })
  await opened.value.close()
})

describe('a secret in a file', () => {
  test('is read without its line end, and only when nobody else can read it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stint-secret-'))
    const file = join(folder, 'password')
    writeFileSync(file, 'hunter2\n', { mode: 0o600 })
    expect(readSecret({ file }, {}).reveal()).toBe('hunter2')
    for (const mode of [0o640, 0o604, 0o644]) {
      chmodSync(file, mode)
      expect(() => readSecret({ file }, {})).toThrow(SecretMissing)
    }
    rmSync(folder, { recursive: true })
  })
})

const serverSays = (code: string) => Object.assign(new DatabaseError('some words\nand a detail', 9, 'error'), { code })

// biome-ignore format: one code per line
test.each([
  ['42704', 'identity'], ['42501', 'permission'], ['0LP01', 'config'], ['2BP01', 'permission'], ['28P01', 'config'], ['3D000', 'config'], ['42P01', 'config'],
  ['08006', 'retry'], ['57P01', 'retry'], ['57P03', 'retry'], ['53300', 'retry'], ['XX000', 'retry'], ['40001', 'retry'], ['40P01', 'retry'], ['23505', 'retry'],
  ['55P03', 'retry'], ['57014', 'retry'], ['25006', 'retry'], ['99999', 'retry'], ['22023', 'retry'],
])('the server\'s %s means %s', (code, meaning) => {
  const said = trouble(serverSays(code))
  expect(said.t === 'blocked' ? said.needs : said.t).toBe(meaning)
  expect(said.reason).toBe(`${code}: some words`)
})

test('trouble on the way is worth a retry, except a certificate that does not fit', () => {
  const error = (code: string) => trouble(Object.assign(new Error('some words'), { code }))
  expect(error('ECONNREFUSED')).toEqual({ t: 'retry', reason: 'ECONNREFUSED: some words' })
  expect(error('CERT_HAS_EXPIRED')).toMatchObject({ t: 'blocked', needs: 'config' })
  expect(trouble('not even an error')).toMatchObject({ t: 'retry' })
})

describe('the set-up script', () => {
  const setup = { connectorRole: 'stint_connector', governedRoles: ['keepers'], serverMajor: 18 }

  test('gives an admin option and, where the server knows them, no other option', () => {
    expect(setupScript(setup)).toContain('grant "keepers" to "stint_connector" with admin true, inherit false, set false;')
    expect(setupScript({ ...setup, serverMajor: 15 })).toContain('grant "keepers" to "stint_connector" with admin option;')
  })

  test('carries no password and closes no database unasked', () => {
    expect(setupScript(setup)).not.toMatch(/password|connect on database/)
    expect(setupScript({ ...setup, closeDatabases: ['app'] })).toContain('revoke connect on database "app" from public;')
  })

  test.each(['', 'x'.repeat(64), 'é'.repeat(32), 'a\0b'])('refuses a name that the server would take for another: %o', (role) => {
    expect(() => setupScript({ ...setup, governedRoles: [role] })).toThrow(RangeError)
  })
})
