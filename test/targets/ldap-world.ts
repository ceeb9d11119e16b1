// A world with a source that is a directory: what the worker's job would do, done when the test says so.

import { expect } from 'vitest'
import type { Source } from '../../src/domain/identity/source.ts'
import { syncDue } from '../../src/operations/identity-import.ts'
import { addSource, readSource, wantSync } from '../../src/operations/identity-sources.ts'
import { ldapReader } from '../../src/sources/ldap/read.ts'
import { makeWorld, type World } from '../support/world.ts'

export interface Synced {
  /** Reads now; full or by what changed. Answers with the state that is kept of it. */
  sync(more?: { full?: boolean; dryRun?: boolean; override?: boolean }): Promise<Source['state']>
  person(
    name: string,
  ): Promise<{ id: string; enabled: boolean; display_name: string; mail: string | null; attributes: object; gone: boolean } | undefined>
  /** Names of who is in a group now, sorted. */
  members(group: string): Promise<readonly string[]>
  events(action: string): Promise<readonly { reason: string | null; data: Record<string, unknown> }[]>
}

export async function syncing(
  settings: Record<string, unknown>,
  env: Record<string, string>,
  name = 'Directory',
): Promise<{ w: World } & Synced> {
  const w = await makeWorld()
  const made = await addSource(w.ctx, w.as('admin'), { kind: 'ldap', name, adopt: false, settings })
  if (!made.ok) throw new Error(made.fault.words)
  const read = ldapReader(env)
  return {
    w,
    async sync(more = {}) {
      w.pass(1_000)
      const wanted = await wantSync(w.ctx, w.as('admin'), name, { full: false, dryRun: false, override: false, ...more })
      expect(wanted.ok).toBe(true)
      const done = await syncDue(w.ctx, read)
      expect(done?.source).toBe(name)
      const state = await readSource(w.ctx, w.as('admin'), name)
      if (!state.ok) throw new Error(state.fault.words)
      return state.value.state
    },
    async person(upn) {
      const [row] = await w.db.query(
        `select id, enabled, display_name, mail, attributes, deleted_at is not null as gone from principals where upn like '%' || $1 order by created_at desc limit 1`,
        [upn],
      )
      return row as never
    },
    async members(group) {
      const rows = await w.db.query<{ n: string }>(
        `select m.display_name as n from principals g join schedules s on s.group_id = g.id and s.status = 'Provisioned' and s.role = 'member'
         join principals m on m.id = s.principal_id where g.display_name = $1 and g.deleted_at is null order by 1`,
        [group],
      )
      return rows.map((r) => r.n)
    },
    events: (action) =>
      w.db.query(`select reason, data from events where action = $1 and data ? 'identitySource' order by position`, [action]) as never,
  }
}
