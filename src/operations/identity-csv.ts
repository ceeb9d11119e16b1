// A file of people as they come in (RFC 4180, with a heading). Everything that is wrong is told, with its line.

import { parse } from 'csv-parse/sync'
import { fault } from '../domain/faults.ts'
import type { ReadGroup, Reading, ReadUser } from '../domain/identity/reading.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

/** The columns; `id`, `userName` and `displayName` must be there. */
const CSV_COLUMNS = [
  'id',
  'userName',
  'displayName',
  'mail',
  'active',
  'givenName',
  'surname',
  'jobTitle',
  'department',
  'employeeId',
  'manager',
  'groups',
] as const

type Column = (typeof CSV_COLUMNS)[number]
type Row = Readonly<Partial<Record<Column, string>>>

const MOST_ROWS = 100_000
const MOST_TOLD = 20
const TRUTH: Readonly<Record<string, boolean>> = { true: true, yes: true, '1': true, '': true, false: false, no: false, '0': false }
const PROPERTIES = ['givenName', 'surname', 'jobTitle', 'department', 'employeeId'] as const

function headingOf(cells: readonly string[], problems: string[]): readonly (Column | null)[] {
  const columns = cells.map((cell) => CSV_COLUMNS.find((c) => c.toLowerCase() === cell.trim().toLowerCase()) ?? null)
  const unknown = cells.filter((_, i) => columns[i] === null)
  if (unknown.length > 0)
    problems.push(`line 1: unknown columns ${unknown.map((c) => `\`${c.slice(0, 40)}\``).join(', ')}; known are ${CSV_COLUMNS.join(', ')}`)
  for (const must of ['id', 'userName', 'displayName'] as const)
    if (!columns.includes(must)) problems.push(`line 1: the column \`${must}\` is missing`)
  if (new Set(columns).size < columns.length && unknown.length === 0) problems.push('line 1: a column is there twice')
  return columns
}

const lines = (row: Row): readonly string[] =>
  (row.groups ?? '')
    .split(';')
    .map((g) => g.trim())
    .filter(Boolean)

function userOf(row: Row, line: number, has: (column: Column) => boolean, problems: string[]): ReadUser | null {
  const value = (column: Column) => row[column]?.trim() ?? ''
  const active = TRUTH[value('active').toLowerCase()]
  for (const must of ['id', 'userName', 'displayName'] as const) if (value(must) === '') problems.push(`line ${line}: \`${must}\` is empty`)
  if (active === undefined) problems.push(`line ${line}: \`active\` is true or false`)
  const attributes = Object.fromEntries(PROPERTIES.filter(has).map((name) => [name, value(name) === '' ? null : value(name)]))
  return {
    externalId: value('id'),
    userName: value('userName'),
    displayName: value('displayName'),
    mail: value('mail') === '' ? null : value('mail'),
    active: active ?? false,
    manager: value('manager') === '' ? null : value('manager'),
    attributes,
  }
}

/** What a file says: all people of its source, and the groups that the lines name. `lineOf` tells where somebody stands. Fault: `InvalidImport`. */
export function readCsv(text: string): Result<{ readonly reading: Reading; readonly lineOf: ReadonlyMap<string, number> }> {
  const problems: string[] = []
  const bad = (detail: string) => refuse(fault('InvalidImport', { detail }))
  let records: readonly { readonly record: string[]; readonly info: { readonly lines: number } }[]
  try {
    records = parse(text, { bom: true, info: true, skip_empty_lines: true, relax_column_count: true, max_record_size: 100_000 }) as never
  } catch (error) {
    return bad(error instanceof Error ? error.message.slice(0, 500) : 'it is no CSV')
  }
  const [heading, ...rows] = records
  if (!heading) return bad('the file is empty')
  if (rows.length > MOST_ROWS) return bad(`it has more than ${MOST_ROWS} lines`)
  const columns = headingOf(heading.record, problems)
  const has = (column: Column) => columns.includes(column)
  const users: ReadUser[] = []
  const lineOf = new Map<string, number>()
  const groups = new Map<string, string[]>()
  if (problems.length === 0)
    for (const { record, info } of rows) {
      const line = info.lines
      if (record.length !== columns.length) {
        problems.push(`line ${line}: ${record.length} values instead of ${columns.length}`)
        continue
      }
      const row = Object.fromEntries(columns.flatMap((c, i) => (c ? [[c, record[i] ?? '']] : []))) as Row
      const user = userOf(row, line, has, problems)
      if (!user) continue
      if (lineOf.has(user.externalId))
        problems.push(`line ${line}: the id \`${user.externalId.slice(0, 80)}\` is there already, in line ${lineOf.get(user.externalId)}`)
      lineOf.set(user.externalId, line)
      users.push(user)
      for (const g of lines(row)) {
        const inside = groups.get(g) ?? []
        inside.push(user.externalId)
        groups.set(g, inside)
      }
    }
  if (problems.length > 0)
    return bad(
      [...problems.slice(0, MOST_TOLD), ...(problems.length > MOST_TOLD ? [`and ${problems.length - MOST_TOLD} more`] : [])].join('; '),
    )
  const read = [...groups].map(([name, members]): ReadGroup => ({ externalId: name, displayName: name, description: null, members }))
  return ok({ reading: { full: true, users, groups: read, gone: [], watermark: null }, lineOf })
}
