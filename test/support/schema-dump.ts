// The schema as the catalogs tell it, in an order and form that a reviewer can read as a diff. Not meant to be run.

import type { Sql } from '../../src/store/sql.ts'

// Whatever an extension brought along is the extension's business.
const NOT_OF_EXTENSION = (catalog: string, oid: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`

const lines = async (sql: Sql, text: string) => (await sql.query<{ line: string }>(text)).map(({ line }) => line)

/** Everything in the schema `public`, one block per table. */
export async function dumpSchema(sql: Sql): Promise<string> {
  const blocks = [
    await lines(sql, `select 'extension ' || extname as line from pg_extension where extname <> 'plpgsql' order by 1`),
    await lines(
      sql,
      `select format('type %s as enum (%s)', t.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)) as line
       from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by t.typname order by 1`,
    ),
    await lines(
      sql,
      `select format('domain %s as %s %s', t.typname, format_type(t.typbasetype, t.typtypmod), string_agg(pg_get_constraintdef(c.oid), ' ' order by c.conname)) as line
       from pg_type t left join pg_constraint c on c.contypid = t.oid
       where t.typtype = 'd' and t.typnamespace = 'public'::regnamespace group by t.oid, t.typname order by t.typname`,
    ),
    await lines(
      sql,
      `select format('sequence %s as %s start %s', sequencename, data_type, start_value) as line
       from pg_sequences where schemaname = 'public' order by 1`,
    ),
  ]
  const tables = await sql.query<{ name: string; kind: string; oid: number }>(
    `select c.relname as name, c.relkind::text as kind, c.oid::int8 as oid from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and ${NOT_OF_EXTENSION('pg_class', 'c.oid')}
     order by c.relname`,
  )
  for (const { name, kind, oid } of tables) {
    blocks.push(kind === 'v' || kind === 'm' ? await viewOf(sql, name, oid) : await tableOf(sql, name, oid))
  }
  blocks.push(
    await lines(
      sql,
      `select pg_get_functiondef(p.oid) as line from pg_proc p
       where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p') and ${NOT_OF_EXTENSION('pg_proc', 'p.oid')}
       order by p.proname, pg_get_function_identity_arguments(p.oid)`,
    ),
  )
  const body = blocks.filter((block) => block.length > 0).map((block) => block.join('\n').trimEnd())
  return `-- The schema as the migrations leave it. Written by \`UPDATE_SCHEMA=1 npx vitest run --project store test/store/schema.test.ts\`.\n\n${body.join('\n\n')}\n`
}

async function viewOf(sql: Sql, name: string, oid: number): Promise<string[]> {
  return [`view ${name} as`, ...(await lines(sql, `select pg_get_viewdef(${oid}::oid, true) as line`))]
}

async function tableOf(sql: Sql, name: string, oid: number): Promise<string[]> {
  const columns = await lines(
    sql,
    `select format('  %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
       case when a.attidentity <> '' then ' generated as identity'
            when a.attgenerated <> '' then format(' generated always as (%s)', pg_get_expr(d.adbin, d.adrelid))
            when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end)
       || coalesce('  -- ' || replace(col_description(a.attrelid, a.attnum), e'\\n', ' '), '') as line
     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = ${oid} and a.attnum > 0 and not a.attisdropped order by a.attnum`,
  )
  // Not-null constraints are shown on their columns.
  const constraints = await lines(
    sql,
    `select format('  constraint %s %s', conname, pg_get_constraintdef(oid)) as line from pg_constraint
     where conrelid = ${oid} and contype not in ('n', 't') order by array_position(array['p', 'u', 'x', 'f', 'c'], contype::text), conname`,
  )
  const indexes = await lines(
    sql,
    `select '  ' || pg_get_indexdef(i.indexrelid) as line from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = ${oid} and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid) order by c.relname`,
  )
  const triggers = await lines(
    sql,
    `select '  ' || pg_get_triggerdef(oid) as line from pg_trigger where tgrelid = ${oid} and not tgisinternal order by tgname`,
  )
  return [`table ${name}`, ...columns, ...constraints, ...indexes, ...triggers]
}
