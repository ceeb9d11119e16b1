// (3) "My roles" and a filtered page at ten thousand and at two hundred thousand assignments: times and their growth.

import { randomUUID } from 'node:crypto'
import { GLOBAL_READER, USER_ADMINISTRATOR } from '../src/domain/access/directory-roles.ts'
import { drive, openStage, type Stage, send, type Timed } from './stage.ts'

const SIZES = [10_000, 200_000]
const CALLS = 400

async function grow(stage: Stage, to: number): Promise<void> {
  const [row] = await stage.db.query<{ n: number }>(`select count(*) as n from schedules where name = 'bench'`)
  const more = to - (row?.n ?? 0)
  await stage.db.query(
    `with made as (
       insert into principals (id, kind, display_name, upn, created_at)
       select gen_random_uuid(), 'user', 'bench', 'bench-' || gen_random_uuid() || '@contoso.com', '2026-01-01' from generate_series(1, $1::int / 5) returning id
     ), role as (select id, row_number() over (order by id) as n from roles where plane = 'directory' limit 5)
     insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
     select gen_random_uuid(), 'bench', 'directory', '/', role.id, made.id, 'Assignment', 'Assigned', 'Provisioned', '2026-01-01', '2026-01-01' from made, role`,
    [more],
  )
  await stage.db.query('vacuum analyze')
}

export interface ListFigures {
  readonly list: string
  readonly small: Timed
  readonly large: Timed
  readonly growth: number
}

/** Measures both lists at both sizes, one caller after the other. */
export async function lists(): Promise<readonly ListFigures[]> {
  const stage = await openStage()
  try {
    const reader = randomUUID()
    await stage.db.query(
      `insert into principals (id, kind, display_name, upn, created_at) values ($1, 'user', 'reader', 'reader@contoso.com', '2026-01-01')`,
      [reader],
    )
    await stage.db.query(
      `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
       select gen_random_uuid(), 'reader', 'directory', '/', r, $1, l, 'Assigned', 'Provisioned', '2026-01-01', '2026-01-01'
       from (values ($2::text, 'Assignment'), ($3, 'Eligibility')) as v(r, l)`,
      [reader, GLOBAL_READER, USER_ADMINISTRATOR],
    )
    const token = await stage.token(reader)
    const base = `${stage.url}/v1.0/roleManagement/directory/roleAssignmentScheduleInstances`
    const urls = {
      'my roles': `${stage.url}/api/v1/me/roles`,
      'a filtered page':
        `${base}?$filter=roleDefinitionId eq '${GLOBAL_READER}' and assignmentType eq 'Assigned'&$top=50&$expand=principal`.replaceAll(
          ' ',
          '%20',
        ),
      'a page of everything': `${base}?$top=100`,
    }
    const seen = new Map<string, Timed[]>()
    for (const size of SIZES) {
      await grow(stage, size)
      for (const [name, url] of Object.entries(urls)) {
        const get = async () => {
          const { status, text } = await send(url, 'GET', token)
          if (status !== 200) throw new Error(`${status}: ${text}`)
        }
        await drive(Array.from({ length: 50 }), 1, get)
        seen.set(name, [...(seen.get(name) ?? []), await drive(Array.from({ length: CALLS }), 1, get)])
      }
    }
    return [...seen].map(([list, [small, large]]) => {
      if (!small || !large) throw new Error('two sizes were measured')
      return { list, small, large, growth: Math.round((large.p50 / small.p50) * 100) / 100 }
    })
  } finally {
    await stage.close()
  }
}
