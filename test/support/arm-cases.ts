// The published ARM cases as data: one row a case, with the example that shows its answer. Where the shared contracts are not beside
// this project, there are none.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { differences } from './shape.ts'

const CONTRACTS = resolve(import.meta.dirname, '../../../shared/contracts/arm')

export const PRESENT = existsSync(`${CONTRACTS}/testcases.json`)
if (!PRESENT) console.warn(`SKIPPED: the published ARM cases are not here; put the shared folder beside the project (${CONTRACTS})`)

export interface Case {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly expect: Readonly<Record<string, { readonly hasBody: boolean }>>
  readonly example: string
  readonly body?: unknown
}

export const read = <T>(file: string): T => JSON.parse(readFileSync(`${CONTRACTS}/${file}`, 'utf8')) as T

/** The cases that fit, in their order. */
export const casesThat = (fit: (row: Case) => boolean): readonly Case[] => (PRESENT ? read<Case[]>('testcases.json').filter(fit) : [])

/** Where an example's shape is not followed, and why. */
export interface Exception {
  readonly row: RegExp
  readonly difference: RegExp
  readonly why: string
}

/** Counts what passed, and which exceptions were needed for how many rows. */
export class Tally {
  passed = 0
  readonly used = new Map<string, Set<string>>()
  readonly exceptions: readonly Exception[]
  constructor(exceptions: readonly Exception[]) {
    this.exceptions = exceptions
  }

  /** The published answer of this status, with `mend` applied to its text. */
  example(row: Case, status: number, mend: (text: string) => string = (text) => text): unknown {
    const { responses } = JSON.parse(mend(JSON.stringify(read(row.example)))) as { responses: Record<string, { body?: unknown }> }
    return responses[String(status)]?.body
  }

  /** Differences in shape that no exception explains. */
  unexplained(row: Case, example: unknown, body: unknown): readonly string[] {
    return differences(example, body).filter((difference) => {
      const exception = this.exceptions.find((one) => one.row.test(row.id) && one.difference.test(difference))
      if (exception) this.used.set(exception.why, (this.used.get(exception.why) ?? new Set()).add(row.id))
      return !exception
    })
  }

  told(what: string, total: number): void {
    console.info(`${what} passed: ${this.passed} of ${total}`)
    for (const [why, rows] of this.used) console.info(`  exception, ${rows.size} rows: ${why}`)
  }
}
