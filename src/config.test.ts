import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isLoopback, readConfig, VARIABLES } from './config.ts'

const config = (flags: object, env: Record<string, string> = {}) => {
  const read = readConfig({ ...flags }, env)
  if (!read.ok) throw new Error(read.problems.join('\n'))
  return read.config
}
const problems = (flags: object, env: Record<string, string> = {}) => {
  const read = readConfig({ ...flags }, env)
  return read.ok ? [] : read.problems
}

describe('settings', () => {
  test('have defaults that are safe', () => {
    expect(config({})).toEqual({
      port: 7080,
      host: '127.0.0.1',
      data: 'data',
      sample: false,
      json: false,
      trustedProxies: [],
      shortestStint: 300_000,
      logLevel: 'info',
    })
  })
  test('come from the environment, and a flag wins', () => {
    const env = { STINT_PORT: '8000', STINT_SAMPLE: 'true', STINT_SHORTEST_STINT: 'PT5S', STINT_TRUSTED_PROXIES: '10.0.0.1,fd00::/8' }
    expect(config({ port: '9000' }, env)).toMatchObject({
      port: 9000,
      sample: true,
      shortestStint: 5_000,
      trustedProxies: ['10.0.0.1', 'fd00::/8'],
    })
  })
  test('an empty variable is one that is not set', () => {
    expect(config({}, { STINT_HOST: '', DATABASE_URL: '' })).not.toHaveProperty('databaseUrl')
  })
  test.each([
    ['a port out of range', { port: '70000' }, '`--port` (STINT_PORT)'],
    ['a public address with a path', { publicUrl: 'https://x.example/pim' }, '`--public-url` (STINT_PUBLIC_URL)'],
    ['a public address that is none', { publicUrl: 'x.example' }, 'expected an address'],
    ['a proxy that is a name', { trustedProxies: 'proxy.example' }, 'STINT_TRUSTED_PROXIES'],
    ['a mask that is too long', { trustedProxies: '10.0.0.0/33' }, 'STINT_TRUSTED_PROXIES'],
    ['a duration of months', { shortestStint: 'P1M' }, 'expected an ISO 8601 duration'],
    ['a certificate without its key', { tlsCert: 'a.pem' }, 'go together'],
    ['a log level we do not have', { logLevel: 'loud' }, 'STINT_LOG_LEVEL'],
  ])('%s is refused by name', (_, flags, words) => {
    expect(problems(flags).join()).toContain(words)
  })
  test.each(Object.values(VARIABLES))('%s is in docs/cli.md', (variable) => {
    expect(readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8')).toContain(`\`${variable}\``)
  })
  test('everything that is wrong is told at once', () => {
    expect(problems({ port: 'x', publicUrl: 'y' })).toHaveLength(2)
  })
})

describe('listening beyond loopback (D28)', () => {
  test.each(['0.0.0.0', '::', '192.168.0.1', 'pim.example', '127.0.0.1.example'])('on %s needs TLS or a proxy', (host) => {
    expect(problems({ host }).join()).toContain('without TLS is refused')
    expect(problems({ host, tlsCert: 'c', tlsKey: 'k' })).toEqual([])
    expect(problems({ host, trustedProxies: '10.0.0.1' })).toEqual([])
  })
  test.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', 'localhost'])('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true)
  })
})
