// Roles that people define: who may, what is refused, one event each (contract reference 15.1; behaviour 2.7, 12).

import { describe, expect, it } from 'vitest'
import type { RolePermissions } from '../../src/domain/access/custom-role.ts'
import { deleteRole, type RoleInput, writeRole } from '../../src/operations/custom-roles.ts'
import { listResourceRoles } from '../../src/operations/list-roles.ts'
import { CONTRIBUTOR, directoryRole, idOf, makeWorld, OWNER, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const LEDGER = `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`
const NONE: RolePermissions = { actions: [], notActions: [], dataActions: [], notDataActions: [], condition: null }
const READS: RolePermissions = { ...NONE, actions: ['Microsoft.Storage/*/read'] }
const at = (scope: string) => ({ scope, below: false, filter: null, limit: 100, after: null })
const guid = (n: number) => `${String(n).padStart(8, '0')}-bbbb-4bbb-8bbb-000000000000`

const roleAt = (id: string, scopes: readonly string[], more: Partial<RoleInput> = {}): RoleInput => ({
  plane: 'resource',
  id,
  name: `reader ${id}`,
  description: '',
  permissions: READS,
  assignableScopes: scopes,
  enabled: true,
  ...more,
})

const w = await makeWorld()
await w.seed(idOf('engineer'), 'Assignment', resourceRole(RG, OWNER))
await w.seed(idOf('sam'), 'Assignment', resourceRole(SUBSCRIPTION, CONTRIBUTOR))
const code = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code)
const write = (who: Parameters<typeof w.as>[0], input: RoleInput) => writeRole(w.ctx, w.as(who), input)
const events = async () => w.db.query(`select kind, action, scope, role, data from events where subject = 'role' order by position`)

describe('a role that people define', () => {
  it('is written by whoever has the right at every scope it can be assigned at, with one event', async () => {
    const done = await write(
      'engineer',
      roleAt(guid(1).toUpperCase(), [RG.replace('resourcegroups', 'resourceGroups')], { name: 'Reader of payments' }),
    )
    expect(done).toMatchObject({
      ok: true,
      value: { created: true, role: { id: guid(1), builtIn: false, assignableScopes: [RG.replace('resourcegroups', 'resourceGroups')] } },
    })
    expect(await events()).toEqual([
      {
        kind: 'change',
        action: 'writeRole',
        scope: RG,
        role: guid(1),
        data: expect.objectContaining({ actions: 'Microsoft.Storage/*/read' }),
      },
    ])
    const listed = await listResourceRoles(w.ctx, w.as('engineer'), at(RG))
    expect(listed.ok && listed.value.items.map((r) => r.id)).toContain(guid(1))
    const elsewhere = await listResourceRoles(w.ctx, w.as('engineer'), at(LEDGER))
    expect(elsewhere.ok && elsewhere.value.items.map((r) => r.id)).not.toContain(guid(1))
  })

  it('said again is no change and no event', async () => {
    const before = (await events()).length
    const done = await write('engineer', roleAt(guid(1), [RG.replace('resourcegroups', 'resourceGroups')], { name: 'Reader of payments' }))
    expect(done).toMatchObject({ ok: true, value: { created: false } })
    expect(await events()).toHaveLength(before)
  })

  it('is refused to whoever lacks the right at one scope, new or old, and the refusal is recorded', async () => {
    expect(code(await write('engineer', roleAt(guid(2), [RG, LEDGER])))).toBe('Forbidden')
    expect(code(await write('sam', roleAt(guid(2), [RG])))).toBe('Forbidden')
    expect(code(await write('priya', roleAt(guid(2), [RG])))).toBe('Forbidden')
    expect((await events()).at(-1)).toMatchObject({ kind: 'refusal', data: { code: 'Forbidden' } })
    expect(code(await write('admin', roleAt(guid(2), [LEDGER])))).toBe('ok')
    // engineer owns the new scope, not the old one: the role would be taken away from those who defined it
    expect(code(await write('engineer', roleAt(guid(2), [RG])))).toBe('Forbidden')
    expect(code(await deleteRole(w.ctx, w.as('engineer'), 'resource', guid(2)))).toBe('Forbidden')
  })

  it('D2.3 an eligible owner must activate first', async () => {
    await w.seed(idOf('lead'), 'Eligibility', resourceRole(RG, OWNER))
    expect(code(await write('lead', roleAt(guid(3), [RG])))).toBe('Forbidden')
  })

  it.each<readonly [string, Partial<RoleInput>, string]>([
    ['the root', { assignableScopes: ['/'] }, 'InvalidRoleDefinition'],
    ['no scope', { assignableScopes: [] }, 'InvalidRoleDefinition'],
    ['no scope of ours', { assignableScopes: ['//evil/../x'] }, 'InvalidRoleDefinition'],
    ['an unknown scope', { assignableScopes: [`${SUBSCRIPTION}/resourcegroups/nowhere`] }, 'ResourceNotFound'],
    ['no name', { name: ' ' }, 'InvalidRoleDefinition'],
    ['an action that is none', { permissions: { ...NONE, actions: ['(.*)+$'] } }, 'InvalidRoleDefinition'],
    ['a taken name', { name: 'OWNER' }, 'RoleDefinitionWithSameNameExists'],
    ['a built-in id', { id: OWNER }, 'InvalidRoleDefinition'],
    ['a path elsewhere', { at: LEDGER }, 'InvalidRoleDefinition'],
    ['a fixed plane', { plane: 'group' }, 'InvalidRoleDefinition'],
  ])('with %s is refused', async (_, more, expected) => {
    const before = await w.db.query('select * from roles order by plane, id')
    expect(code(await write('admin', roleAt(guid(9), [RG], more)))).toBe(expected)
    expect(await w.db.query('select * from roles order by plane, id')).toEqual(before)
  })

  it('has its name to itself, also when many want it at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => write('admin', roleAt(guid(20 + n), [RG], { name: 'Wanted' }))))
    expect(all.map(code).sort()).toEqual([...Array.from({ length: 7 }, () => 'RoleDefinitionWithSameNameExists'), 'ok'])
  })

  it('gives what its actions say, and no longer once it is changed', async () => {
    const may = { ...NONE, actions: ['Microsoft.Authorization/roleDefinitions/*'] }
    await write('admin', roleAt(guid(4), [SUBSCRIPTION], { permissions: may }))
    await w.seed(idOf('priya'), 'Assignment', resourceRole(SUBSCRIPTION, guid(4)))
    expect(code(await write('priya', roleAt(guid(5), [LEDGER])))).toBe('ok')
    await write('admin', roleAt(guid(4), [SUBSCRIPTION]))
    expect(code(await write('priya', roleAt(guid(5), [LEDGER], { description: 'x' })))).toBe('Forbidden')
  })

  it('that is held stays, and stays assignable where it is held', async () => {
    expect(code(await deleteRole(w.ctx, w.as('admin'), 'resource', guid(4)))).toBe('RoleDefinitionHasAssignments')
    expect(code(await write('admin', roleAt(guid(4), [RG])))).toBe('RoleDefinitionHasAssignments')
  })

  it('that nobody holds is deleted, once, and may come again', async () => {
    expect(await deleteRole(w.ctx, w.as('engineer'), 'resource', guid(1).toUpperCase(), '/')).toMatchObject({
      ok: true,
      value: { id: guid(1) },
    })
    expect((await events()).at(-1)).toMatchObject({ kind: 'change', action: 'deleteRole', role: guid(1), scope: RG })
    expect(code(await deleteRole(w.ctx, w.as('engineer'), 'resource', guid(1)))).toBe('RoleNotFound')
    expect(await write('engineer', roleAt(guid(1), [RG]))).toMatchObject({ ok: true, value: { created: true } })
  })

  it('whose scopes are all gone is for whoever may define roles at the root', async () => {
    await write('engineer', roleAt(guid(6), [RG]))
    await w.db.query(`update roles set assignable_scopes = '{/subscriptions/99999999-0000-0000-0000-000000000000}' where id = $1`, [
      guid(6),
    ])
    expect(code(await deleteRole(w.ctx, w.as('engineer'), 'resource', guid(6)))).toBe('Forbidden')
  })
})

describe('a directory role that people define', () => {
  const role = (id: string, more: Partial<RoleInput> = {}) => roleAt(id, ['/'], { plane: 'directory', ...more })

  it('is for role administrators', async () => {
    expect(code(await write('engineer', role(guid(1))))).toBe('Forbidden')
    expect(code(await write('admin', role(guid(1))))).toBe('ok')
    expect(code(await write('admin', role(guid(1), { enabled: false })))).toBe('ok')
  })

  it('2.7 takes its schedules with it, and does not bring them back', async () => {
    await w.seed(idOf('sam'), 'Assignment', directoryRole(guid(1)))
    expect(code(await deleteRole(w.ctx, w.as('admin'), 'directory', guid(1)))).toBe('ok')
    expect(code(await write('admin', role(guid(1))))).toBe('RoleDefinitionHasAssignments')
    await w.settle()
    const live = await w.db.query(`select 1 from schedules where role = $1 and status = 'Provisioned'`, [guid(1)])
    expect(live.filter(Boolean)).toHaveLength(0)
    expect(code(await write('admin', role(guid(1))))).toBe('ok')
  })
})
