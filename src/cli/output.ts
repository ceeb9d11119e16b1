// Tables for people, JSON for programs, progress on standard error.

import type { Command } from 'commander'
import type { Output } from '../contract/routes.ts'
import { oneLine, printable, printableJson } from './printable.ts'

type Row = readonly string[]

/** Left-aligned columns under a heading; nothing but the words where there is nothing to show. */
export function table(heading: Row, given: readonly Row[]): string {
  const rows = given.map((row) => row.map(oneLine))
  const widths = heading.map((_, i) => Math.max(...[heading, ...rows].map((row) => (row[i] ?? '').length)))
  const line = (row: Row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [heading, ...rows].map(line).join('\n')
}

/** Prints the answer: as JSON for programs, else in words. */
export function answer(options: { readonly json?: boolean }, value: unknown, words: () => string): void {
  process.stdout.write(`${options.json ? printableJson(value) : printable(words())}\n`)
}

/** Says on standard error what is waited for, so that standard output stays for the answer. */
export const progress = (words: string): void => {
  process.stderr.write(`${printable(words)}\n`)
}

type Privilege = Pick<Output<'request'>, 'plane' | 'role' | 'scope'>

/** A privilege in words: `User Administrator`, `Owner at rg-payments-prod`, `Member of pag-payments-operators`. */
export function named({ role, scope }: Privilege): string {
  if (scope.id === '/') return oneLine(role.name)
  return oneLine(scope.kind === 'group' ? `${role.name} of ${scope.displayName}` : `${role.name} at ${scope.displayName}`)
}

/** An instant to the minute, in UTC; what never ends says so. */
export const when = (instant: string | null, never = 'permanent'): string =>
  instant === null ? never : `${instant.slice(0, 16).replace('T', ' ')}Z`

/** `--json`, which every command that answers has. */
export const withJson = (command: Command): Command => command.option('--json', 'answer as JSON')
