import { expect, it } from 'vitest'
import { weaknessOf } from './passwords.ts'

// biome-ignore format: one case per line
it.each([
  ['Password1234!',            'it is among the commonest'],
  ['P@ssw0rd12345',            'it is among the commonest'],
  ['qwertyuiop12',             'it is among the commonest'],
  ['admin-admin-admin',        'it is among the commonest'],
  ['WelcomeWinter2026',        'it is among the commonest'],
  ['aaaaaaaaaaaaaa',           'it repeats the same few characters'],
  ['012345678901',             'it is a row of digits'],
  ['my engineer is here',      'it contains your name'],
  ['Erin walks the dog home',  'it contains your name'],
  ['seven green tortoises',    null],
  ['84 pelican-Varnish',       null],
])('%s: %s', (password, weakness) => {
  expect(weaknessOf(password, ['engineer@example.org', 'Erin Engineer'])).toBe(weakness)
})

it('written to be slow is not', () => {
  const began = performance.now()
  weaknessOf(`${'pass'.repeat(64)}x`, [])
  expect(performance.now() - began).toBeLessThan(200)
})
