// Every numbered rule of behaviour sections 1, 2 (2.6 apart), 3.1–3.5 and 4 is named by the test that holds it.
// A rule that another document supersedes, or that an issue of its own brings, says so here.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const HERE = dirname(fileURLToPath(import.meta.url))
const range = (prefix: string, last: number) => Array.from({ length: last }, (_, i) => `${prefix}${i + 1}`)

const RULES = [
  ...['1.1', '1.2', '1.5', '2.1', '2.2', '2.7', '3.3', '3.4', '3.5', '4.2', '4.3'],
  ...range('K', 10),
  ...range('2.3.', 12),
  ...range('2.4.', 14),
  ...range('2.5.', 7),
  ...range('2.8.', 4),
  ...range('P', 7),
  ...range('AP', 10),
]

const ELSEWHERE: Readonly<Record<string, string>> = {
  K9: 'words of a status on the wire: test/wire (Graph and ARM print `TimedOut` as it is)',
  '2.5.7': 'removals past the front door come with the side doors (D7)',
  P6: 'claims come from the identity provider: src/http/auth tests',
  P7: 'advice to administrators, no rule of the engine',
  AP10: 'the message is told at once and its state looked at before sending; mail comes with its own issue',
}

const names = readdirSync(HERE)
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) =>
    [...readFileSync(join(HERE, file), 'utf8').matchAll(/(?:it|describe)(?:\.each\([^)]*\))?\(\s*['"`]([^'"`]+)/g)].map((m) => m[1] ?? ''),
  )

const named = (rule: string) => new RegExp(`(?<![\\w.])${rule.replaceAll('.', '\\.')}(?![\\w.]*\\d)`)

it('each rule has a test of its name, or a reason', () => {
  expect(RULES.filter((rule) => !(rule in ELSEWHERE) && !names.some((name) => named(rule).test(name)))).toEqual([])
})

it('no reason outlives its rule’s own test', () => {
  expect(Object.keys(ELSEWHERE).filter((rule) => names.some((name) => named(rule).test(name)))).toEqual([])
})
