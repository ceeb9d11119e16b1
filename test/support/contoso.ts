// The shipped sample tenant on a fresh database, for tests that must speak of the very same people and places as the guides do.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Settings } from '../../src/domain/facts.ts'
import type { Instant } from '../../src/domain/time.ts'
import { addBuiltInRoles } from '../../src/operations/built-in-roles.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { readInstallation } from '../../src/operations/installation.ts'
import { loadTenant } from '../../src/operations/load-tenant.ts'
import { parseTenantFile } from '../../src/operations/tenant-file.ts'
import { openLane } from '../../src/store/lane.ts'
import { openDb } from '../../src/store/sql.ts'
import { freshDb } from './database.ts'
import { SEALER } from './sealer.ts'
import { SETTINGS, type World } from './world.ts'

const FILE = resolve(import.meta.dirname, '../../examples/contoso.yaml')

export type Contoso = Pick<World, 'ctx' | 'db' | 'now' | 'pass'> & {
  /** A person's id by the part of the name before the `@`. */
  id(name: string): string
}

/** Loads the sample tenant at 2031-02-03T09:00Z. */
export async function makeContoso(): Promise<Contoso> {
  const database = await freshDb()
  const db = openDb({ ...database.options, max: 4 })
  let at: Instant = Date.parse('2031-02-03T09:00:00Z')
  const file = parseTenantFile(readFileSync(FILE, 'utf8'))
  if (!file.ok) throw new Error(file.fault.words)
  const { tenant, people } = file.value
  let settings: Settings = SETTINGS
  const ctx: Ctx = {
    sealer: SEALER,
    db,
    lane: openLane(db, { now: () => at, settings: () => settings }),
    now: () => at,
    ids: randomUUID,
    settings: () => settings,
    refresh: async () => {
      settings = (await readInstallation(db, SETTINGS))?.settings ?? SETTINGS
    },
    tenant: () => ({ id: tenant.id, displayName: tenant.name, domains: tenant.domains }),
  }
  await addBuiltInRoles(db)
  const loaded = await loadTenant(ctx, file.value)
  if (!loaded.ok) throw new Error(loaded.fault.words)
  return {
    ctx,
    db,
    now: () => at,
    pass: (ms) => {
      at += ms
    },
    id(name) {
      const found = people.find((person) => person.upn.startsWith(`${name}@`))
      if (!found) throw new Error(`nobody is called ${name}`)
      return found.id
    },
  }
}
