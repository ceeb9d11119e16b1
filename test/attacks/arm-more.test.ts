// The rest of the ARM door attacked: scopes that are written in tricks, rights that are too small, a second factor that somebody would
// do without, and what an extension is granted by (contract reference 11, 15.1; behaviour 2.6, 9.2; D7).

import { describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/time.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { writeResourceGroup } from '../../src/operations/resource-groups.ts'
import { guid, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, directoryRole, groupRole, idOf, makeWorld, OWNER, RG, resourceRole, SERVICE, SUBSCRIPTION } from '../support/world.ts'

const w = await makeWorld()
const doors = await openDoors(w)
const { send } = doors
const P = 'providers/Microsoft.Authorization'
const V = 'api-version=2022-04-01'
const LEDGER = `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`
const roleId = (role = CONTRIBUTOR) => `${SUBSCRIPTION}/${P}/roleDefinitions/${role}`
const body = (principalId: string, role = CONTRIBUTOR) => ({ properties: { roleDefinitionId: roleId(role), principalId } })
const at = (scope: string, name: string) => `${scope}/${P}/roleAssignments/${name}?${V}`
const held = async (principalId: string) =>
  (
    await w.db.query<{ scope: string }>(
      `select scope from schedules where principal_id = $1 and plane = 'resource' and status = 'Provisioned' order by scope`,
      [principalId],
    )
  ).map(({ scope }) => scope)
/** As a person whose token shows one factor. */
const weak = async (method: string, path: string, sent?: object) =>
  send(null, method, path, sent, { authorization: `Bearer ${await doors.token('admin', { amr: ['pwd'] })}` })

await w.seed(idOf('sam'), 'Assignment', resourceRole(RG, OWNER))

describe('an owner of one resource group', () => {
  it.each([
    `${RG}/../rg-ledger-prod`,
    `${RG}/%2e%2e/rg-ledger-prod`,
    `${RG}%2f..%2frg-ledger-prod`,
    `${RG}/./../rg-ledger-prod`,
    `${RG}//providers//x`,
    `${RG}\\..\\rg-ledger-prod`,
    `${LEDGER}`,
    `${LEDGER}/`,
    `${LEDGER.toUpperCase()}`,
    `/providers/Microsoft.Subscription${LEDGER}`,
    `/providers/Microsoft.Subscription/providers/Microsoft.Subscription${LEDGER}`,
    `${SUBSCRIPTION}`,
    `${SUBSCRIPTION}/`,
    '',
    '/',
    '/providers/Microsoft.Management/managementGroups/contoso-root',
    `${LEDGER}/${P}/roleAssignments/x/../../..${RG}`,
    `${RG}/${P}/roleAssignments/${guid()}`,
    `${RG}.`,
    `${RG} `,
    `${RG}%20`,
    `${RG}%00`,
    `${RG};x`,
    `${RG}?x=${LEDGER}`,
  ])('gives nothing at %s', async (scope) => {
    const before = await held(idOf('engineer'))
    const answer = await send('sam', 'PUT', at(scope, guid()), body(idOf('engineer')))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(await held(idOf('engineer'))).toEqual(before)
  })

  it('nor by a body that names another place', async () => {
    const name = guid()
    const sent = { ...body(idOf('engineer')), id: at(LEDGER, name), scope: LEDGER }
    const made = await send('sam', 'PUT', at(RG, name), { ...sent, properties: { ...sent.properties, scope: LEDGER } })
    expect([201, 400]).toContain(made.status)
    expect((await held(idOf('engineer'))).filter((scope) => scope !== RG)).toEqual([])
  })

  it('takes nothing away elsewhere, and reads nothing by HEAD', async () => {
    const name = guid()
    expect((await send('admin', 'PUT', at(LEDGER, name), body(SERVICE))).status).toBe(201)
    // By its name at a scope of one's own, there is no such thing.
    expect((await send('sam', 'DELETE', at(RG, name))).status).toBe(204)
    expect((await send('sam', 'DELETE', at(LEDGER, name))).status).toBe(403)
    expect(await held(SERVICE)).toEqual([LEDGER])
    for (const method of ['GET', 'HEAD'])
      for (const path of [
        at(LEDGER, name),
        `${LEDGER}?api-version=2021-04-01`,
        `${LEDGER}/${P}/roleDefinitions?${V}`,
        `${LEDGER}/${P}/permissions?${V}`,
      ]) {
        const got = await doors.app.request(`https://pim.test${path}`, {
          method,
          headers: { authorization: `Bearer ${await doors.token('engineer')}` },
        })
        const text = await got.text()
        expect([200, 403, 404], `${method} ${path}`).toContain(got.status)
        expect(text).not.toContain(SERVICE)
      }
  })
})

describe('whoever only reads, or only writes beneath', () => {
  it('deletes no resource group and makes none', async () => {
    const reader = { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [], condition: null }
    const role = guid()
    const sent = { properties: { roleName: 'readers', permissions: [reader], assignableScopes: [SUBSCRIPTION] } }
    expect((await send('admin', 'PUT', `${SUBSCRIPTION}/${P}/roleDefinitions/${role}?${V}`, sent)).status).toBe(201)
    await w.seed(idOf('lead'), 'Assignment', resourceRole(SUBSCRIPTION, role))
    await w.seed(idOf('manager'), 'Eligibility', resourceRole(SUBSCRIPTION, OWNER))
    for (const who of ['lead', 'manager', 'auditor', 'sam'] as const)
      for (const [method, path, what] of [
        ['DELETE', LEDGER, undefined],
        ['PUT', LEDGER, { location: 'westeurope', tags: { mine: 'yes' } }],
        ['PATCH', LEDGER, { tags: { mine: 'yes' } }],
        ['PUT', `${SUBSCRIPTION}/resourceGroups/rg-new`, { location: 'westeurope' }],
      ] as const)
        expect([403, 404, 405], `${who} ${method} ${path}`).toContain(
          (await send(who, method, `${path}?api-version=2021-04-01`, what)).status,
        )
    expect((await send('admin', 'GET', `${LEDGER}?api-version=2021-04-01`)).status).toBe(200)
  })

  it('finds nothing alive in a resource group that is made again', async () => {
    const name = 'rg-again'
    const scope = `${SUBSCRIPTION}/resourcegroups/${name}`
    const make = () => writeResourceGroup(w.ctx, w.as('admin'), { subscription: SUBSCRIPTION, name, location: 'westeurope', tags: null })
    expect((await make()).ok).toBe(true)
    await w.seed(idOf('auditor'), 'Assignment', resourceRole(scope, OWNER))
    expect((await send('admin', 'DELETE', `${scope}?api-version=2021-04-01`)).status).toBeLessThan(300)
    expect((await send('auditor', 'PUT', at(scope, guid()), body(idOf('auditor')))).status).toBeGreaterThanOrEqual(400)
    expect((await make()).ok).toBe(false)
    await w.settle()
    expect((await make()).ok).toBe(true)
    expect((await send('auditor', 'PUT', at(scope, guid()), body(idOf('auditor')))).status).toBe(403)
  })
})

describe('a second factor that an administrator must show', () => {
  const rule = {
    kind: 'Enablement',
    id: 'Enablement_Admin_Assignment',
    caller: 'Admin',
    level: 'Assignment',
    enabledRules: ['MultiFactorAuthentication'],
  }

  it('is shown at every side door', async () => {
    const group = (
      await send('admin', 'POST', '/v1.0/groups', { displayName: 'g', mailNickname: 'g', mailEnabled: false, securityEnabled: true })
    ).body.id
    for (const p of [resourceRole(LEDGER), directoryRole(), groupRole(group), groupRole(group, 'owner')]) await w.policy(p, [rule])
    const ref = { '@odata.id': `directoryObjects/${idOf('auditor')}` }
    const tries = [
      ['PUT', at(LEDGER, guid()), body(idOf('auditor'))],
      [
        'POST',
        '/v1.0/roleManagement/directory/roleAssignments',
        { principalId: idOf('auditor'), roleDefinitionId: directoryRole().role, directoryScopeId: '/' },
      ],
      ['POST', `/v1.0/directoryRoles/roleTemplateId=${directoryRole().role}/members/$ref`, ref],
      ['POST', `/v1.0/groups/${group}/members/$ref`, ref],
      ['POST', `/v1.0/groups/${group}/owners/$ref`, ref],
      [
        'POST',
        '/v1.0/$batch',
        {
          requests: [
            { id: '1', method: 'POST', url: `/groups/${group}/members/$ref`, headers: { 'content-type': 'application/json' }, body: ref },
          ],
        },
      ],
    ] as const
    for (const [method, path, sent] of tries) {
      const answer = await weak(method, path, sent)
      const status = path.endsWith('$batch') ? answer.body.responses[0].status : answer.status
      expect(status, path).toBeGreaterThanOrEqual(400)
    }
    expect(await w.db.query(`select 1 from schedules where principal_id = $1 and status = 'Provisioned'`, [idOf('auditor')])).toEqual([])
    // The same, with both: nothing else stood in the way.
    for (const [method, path, sent] of tries.filter(([, path]) => !/directoryRoles|batch/.test(path)))
      expect((await send('admin', method, path, sent)).status, path).toBeLessThan(300)
  })

  it('and by whoever grants an extension, who is not its holder and stays within the rules', async () => {
    const end = w.now() + 3 * DAY
    await w.seed(idOf('engineer'), 'Assignment', resourceRole(LEDGER), { end })
    const wish = { start: null, type: 'AfterDuration', duration: 'P20D', end: null } as const
    const asked = await w.submit(
      w.as('engineer'),
      w.ask('selfExtend', 'Assignment', resourceRole(LEDGER), idOf('engineer'), { schedule: wish }),
    )
    if (!asked.ok) throw new Error(asked.fault.words)
    const input = { approvalId: asked.value.request.id, result: 'Approve', justification: 'fine' } as const
    const code = async (call: ReturnType<typeof w.as>, more: object = {}) => {
      const done = await decideApproval(w.ctx, call, { ...input, ...more })
      return done.ok ? 'ok' : done.fault.code
    }
    await w.seed(idOf('engineer'), 'Assignment', resourceRole(SUBSCRIPTION, OWNER))
    expect(await code(w.as('engineer'))).toBe('OwnRequest')
    expect(await code(w.as('auditor'))).toBe('NotAnApprover')
    expect(await code(w.as('lead'))).toBe('NotAnApprover')
    expect(
      await code({ ...w.as('admin'), actor: { t: 'app', id: SERVICE, permissions: ['RoleManagement.ReadWrite.Directory'], ip: null } }),
    ).toBe('NotAnApprover')
    expect(await code(w.as('admin', { amr: ['pwd'] }))).toBe('RoleAssignmentRequestPolicyValidationFailed')
    const forever = { start: null, type: 'NoExpiration', duration: null, end: null }
    expect(await code(w.as('admin'), { schedule: forever })).toBe('RoleAssignmentRequestPolicyValidationFailed')
    expect(await code(w.as('admin'), { schedule: { ...wish, duration: 'P400D' } })).toBe('RoleAssignmentRequestPolicyValidationFailed')
    const [row] = await w.db.query<{ ends_at: number }>(
      `select (extract(epoch from ends_at) * 1000)::float8 as ends_at from schedules where principal_id = $1 and scope = $2 and status = 'Provisioned' and role = $3`,
      [idOf('engineer'), LEDGER, CONTRIBUTOR],
    )
    expect(row?.ends_at).toBe(end)
    expect(await code(w.as('admin'))).toBe('ok')
  })
})

describe('elevated access', () => {
  const elevate = (who: 'admin' | 'sam' | 'priya') => send(who, 'POST', `/${P}/elevateAccess?api-version=2016-07-01`)

  it('is for an active Global Administrator, ends by itself, and is not prolonged by asking again', async () => {
    expect((await elevate('sam')).status).toBe(403)
    await w.seed(idOf('priya'), 'Eligibility', directoryRole('62e90394-69f5-4237-9190-012177145e10'))
    expect((await elevate('priya')).status).toBe(403)
    for (const path of [`${RG}/${P}/elevateAccess`, `//${P}//elevateAccess/`, `/${P}/elevateAccess/x`])
      expect((await send('sam', 'POST', `${path}?api-version=2016-07-01`)).status).toBeGreaterThanOrEqual(403)
    // The role that it gives is of this world only once it is known here.
    await w.db.query(`insert into roles (plane, id, name, description, built_in, privileged, permissions, assignable_scopes) values
      ('resource', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator', '', true, true,
       '{"actions":["*/read","Microsoft.Authorization/*"],"notActions":[]}', '{/}')`)
    expect((await elevate('admin')).status).toBe(200)
    const until = async () =>
      (
        await w.db.query<{ ends_at: number }>(
          `select (extract(epoch from ends_at) * 1000)::float8 as ends_at from schedules where scope = '/' and plane = 'resource' and status = 'Provisioned'`,
        )
      ).map((r) => r.ends_at)
    const first = await until()
    expect(first).toEqual([w.now() + w.settings.elevation])
    w.pass(w.settings.elevation / 2)
    expect((await elevate('admin')).status).toBe(200)
    expect(await until()).toEqual(first)
  })
})
