// `test/schema.sql` shows the effect of the migrations, so that a reviewer reads it in the diff.
// To accept a change: UPDATE_SCHEMA=1 npx vitest run --project store test/store/schema.test.ts

import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { freshDb } from '../support/database.ts'
import { dumpSchema } from '../support/schema-dump.ts'

const GOLDEN = new URL('../schema.sql', import.meta.url)

const { db } = await freshDb()

it('is the schema that test/schema.sql shows', async () => {
  const dump = await dumpSchema(db)
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(GOLDEN, dump)
  expect(dump).toBe(await readFile(GOLDEN, 'utf8'))
})

it('shows every kind of object', async () => {
  await db.query(`
    create type colour as enum ('red', 'green');
    create domain short as text check (length(value) < 9);
    create table shown (
      id integer generated always as identity constraint shown_pkey primary key,
      of_colour colour default 'red',
      span tstzrange not null,
      constraint shown_spans_do_not_overlap exclude using gist (of_colour with =, span with &&)
    );
    comment on column shown.span is 'when';
    create index shown_by_span on shown (span) where of_colour = 'red';
    create view seen as select id from shown;
    create function refuse() returns trigger language plpgsql as 'begin return null; end';
    create trigger shown_is_append_only before delete on shown for each row execute function refuse();
  `)
  const dump = await dumpSchema(db)
  for (const part of [
    'extension btree_gist',
    `type colour as enum ('red', 'green')`,
    'domain short as text CHECK ((length(VALUE) < 9))',
    `  span tstzrange not null  -- when`,
    `  of_colour colour default 'red'::colour`,
    '  constraint shown_spans_do_not_overlap EXCLUDE USING gist (of_colour WITH =, span WITH &&)',
    `  CREATE INDEX shown_by_span ON public.shown USING btree`,
    'view seen as',
    'TRIGGER shown_is_append_only BEFORE DELETE ON public.shown',
    'FUNCTION public.refuse()',
  ]) {
    expect(dump).toContain(part)
  }
})
