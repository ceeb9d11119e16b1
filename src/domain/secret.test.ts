import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { secret } from './secret.ts'

const s = secret('hunter2')

// biome-ignore format: one way of printing per line
test.each([
  ['a template',        () => `${s}`],
  ['concatenation',     () => ['', s].join('')],
  ['String()',          () => String(s)],
  ['JSON',              () => JSON.stringify({ s })],
  ['inspect',           () => inspect({ s }, { depth: 9, showHidden: true })],
  ['inspect of itself', () => inspect(s)],
  ['own properties',    () => inspect(Object.getOwnPropertyDescriptors(s), { depth: 9, showHidden: true, customInspect: true })],
  ['an error',          () => inspect(new Error(`cannot sign in with ${s}`))],
])('a secret is not readable through %s', (_, print) => {
  expect(print()).not.toContain('hunter2')
})

test('a secret is revealed only when asked, and cannot be cloned into another place', () => {
  expect(s.reveal()).toBe('hunter2')
  expect(() => structuredClone(s)).toThrow()
})
