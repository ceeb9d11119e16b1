// What is deleted while somebody is given it, or it is given something: whoever comes second learns of the first. Nothing stands of
// what is gone, and nobody is told that it does (D5, D10).

import { describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { deleteRole, writeRole } from '../../src/operations/custom-roles.ts'
import { deletePrincipal } from '../../src/operations/directory-delete.ts'
import { createGroup } from '../../src/operations/directory-groups.ts'
import { addReference } from '../../src/operations/directory-references.ts'
import { createUser, updateUser } from '../../src/operations/directory-users.ts'
import { assignOutside } from '../../src/operations/outside.ts'
import { deleteResourceGroup, writeResourceGroup } from '../../src/operations/resource-groups.ts'
import { openLane } from '../../src/store/lane.ts'
import { openDb } from '../../src/store/sql.ts'
import { guid } from '../support/doors.ts'
import { directoryRole, idOf, makeWorld, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const ROUNDS = 10
const w = await makeWorld()
const admin = w.as('admin')
const db = openDb({ ...w.options, max: 4 })
/** Another process, as far as locks can tell. */
const other: Ctx = { ...w.ctx, db, lane: openLane(db, { now: w.ctx.now, settings: w.ctx.settings }) }
const PLAIN = { name: null, condition: null, conditionVersion: null, description: null }
const value = <T>(result: { ok: boolean; value?: T }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.value as T
}

/** Live schedules that speak of something deleted. */
const ghosts = async () =>
  (
    await w.db.query(
      `select s.id from schedules s join principals p on p.id = s.principal_id join roles r on r.plane = s.plane and r.id = s.role
         join scopes c on c.plane = s.plane and c.id = s.scope
       where s.status in ('Granted', 'Provisioned') and (p.deleted_at is not null or r.deleted_at is not null or c.deleted_at is not null)`,
    )
  ).length

/** Holds a row as a deletion does, lets `give` come to where it waits, then deletes. */
async function between(lock: string, gone: string, values: readonly unknown[], give: () => Promise<unknown>) {
  let given: Promise<unknown> = Promise.resolve()
  await db.transaction(async (tx) => {
    await tx.query(lock, values)
    given = give()
    for (let n = 0; n < 200; n += 1) {
      const [row] = await w.db.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      if ((row?.n ?? 0) > 0) break
      await new Promise((next) => setTimeout(next, 10))
    }
    await tx.query(gone, values)
  })
  return given
}

describe('an assignment that was judged before the deletion', () => {
  const user = async () => {
    const name = `u${guid().slice(0, 8)}`
    const input = { displayName: name, upn: `${name}@contoso.com`, enabled: true, attributes: { mailNickname: name } }
    return value(await createUser(w.ctx, admin, input)).id
  }

  it('of a person is refused', async () => {
    const id = await user()
    const given = await between(
      'select 1 from principals where id = $1 for update',
      `update principals set deleted_at = '2031-02-03' where id = $1`,
      [id],
      () => assignOutside(w.ctx, admin, { ...PLAIN, privilege: directoryRole(), principalId: id }),
    )
    expect(given).toMatchObject({ ok: false, fault: { code: 'SubjectNotFound' } })
    expect(await ghosts()).toBe(0)
  })

  it('of a role is refused, and gives none of its actions', async () => {
    const role = await custom()
    const given = await between(
      `select 1 from roles where plane = 'resource' and id = $1 for update`,
      `update roles set deleted_at = '2031-02-03' where plane = 'resource' and id = $1`,
      [role],
      () => assignOutside(w.ctx, admin, { ...PLAIN, privilege: resourceRole(SUBSCRIPTION, role), principalId: idOf('sam') }),
    )
    expect(given).toMatchObject({ ok: false, fault: { code: 'RoleNotFound' } })
    expect(await ghosts()).toBe(0)
  })

  it('of a scope is refused', async () => {
    const name = `rg-${guid().slice(0, 8)}`
    value(await writeResourceGroup(w.ctx, admin, { subscription: SUBSCRIPTION, name, location: 'westeurope', tags: null }))
    const scope = `${SUBSCRIPTION}/resourcegroups/${name}`
    const given = await between(
      `select 1 from scopes where plane = 'resource' and id = $1 for update`,
      `update scopes set deleted_at = '2031-02-03' where plane = 'resource' and id = $1`,
      [scope],
      () => assignOutside(w.ctx, admin, { ...PLAIN, privilege: resourceRole(scope), principalId: idOf('sam') }),
    )
    expect(given).toMatchObject({ ok: false, fault: { code: 'ResourceNotFound' } })
    expect(await ghosts()).toBe(0)
  })
})

describe('somebody made an administrator in this moment', () => {
  it('is neither deleted nor shut out by whoever may write people only', async () => {
    await w.seed(idOf('lead'), 'Assignment', directoryRole())
    const edits: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => deletePrincipal(w.ctx, w.as('lead'), 'user', id),
      (id) => updateUser(w.ctx, w.as('lead'), id, { enabled: false, attributes: {} }),
    ]
    for (const edit of edits) {
      const name = `u${guid().slice(0, 8)}`
      const input = { displayName: name, upn: `${name}@contoso.com`, enabled: true, attributes: { mailNickname: name } }
      const { id } = value(await createUser(w.ctx, admin, input))
      const given = await between(
        `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
         values (gen_random_uuid(), 'x', 'directory', '/', '${GLOBAL_ADMINISTRATOR}', $1, 'Assignment', 'Assigned', 'Provisioned', '2031-02-01', '2031-02-01')`,
        'select 1 from principals where id = $1',
        [id],
        () => edit(id),
      )
      expect(given).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    }
  })
})

async function custom(): Promise<string> {
  const id = guid()
  const permissions = { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [], condition: null }
  const role = { plane: 'resource', id, name: id, description: '', permissions, assignableScopes: [SUBSCRIPTION], enabled: true } as const
  value(await writeRole(w.ctx, admin, role))
  return id
}

describe('two processes, one that gives and one that deletes', () => {
  it('a group and its member', async () => {
    for (let n = 0; n < ROUNDS; n += 1) {
      const name = `g${guid().slice(0, 8)}`
      const attributes = { mailNickname: name, mailEnabled: false, securityEnabled: true }
      const input = { displayName: name, assignableToRole: true, members: [], owners: [], attributes }
      const { id } = value(await createGroup(w.ctx, admin, input))
      await Promise.all([
        addReference(other, admin, { groupId: id, role: 'member', principalId: idOf('sam') }),
        assignOutside(other, admin, { ...PLAIN, privilege: directoryRole(), principalId: id }),
        deletePrincipal(w.ctx, admin, 'group', id),
      ])
      expect(await ghosts()).toBe(0)
    }
  })

  it('a role and its holder', async () => {
    for (let n = 0; n < ROUNDS; n += 1) {
      const role = await custom()
      const [given, deleted] = await Promise.all([
        assignOutside(other, admin, { ...PLAIN, privilege: resourceRole(SUBSCRIPTION, role), principalId: idOf('sam') }),
        deleteRole(w.ctx, admin, 'resource', role),
      ])
      expect([given.ok, deleted.ok].filter(Boolean)).toHaveLength(1)
      expect(await ghosts()).toBe(0)
    }
  })

  it('a resource group and what is given in it', async () => {
    for (let n = 0; n < ROUNDS; n += 1) {
      const name = `rg-${guid().slice(0, 8)}`
      value(await writeResourceGroup(w.ctx, admin, { subscription: SUBSCRIPTION, name, location: 'westeurope', tags: null }))
      await Promise.all([
        assignOutside(other, admin, {
          ...PLAIN,
          privilege: resourceRole(`${SUBSCRIPTION}/resourcegroups/${name}`),
          principalId: idOf('sam'),
        }),
        deleteResourceGroup(w.ctx, admin, SUBSCRIPTION, name),
      ])
      // What is held in a resource group ends by the worker: its place is not looked at by anybody before that.
      await w.settle()
      expect(await ghosts()).toBe(0)
    }
  })
})
