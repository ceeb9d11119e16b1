// The native API through its own client against a real server with the sample tenant (D29; must show 9).

import { describe, expect, it } from 'vitest'
import { ApiProblem, createClient, type Problem } from '../../src/contract/client.ts'
import { ROUTES } from '../../src/contract/routes.ts'
import { sampleServer } from '../support/server.ts'

const server = await sampleServer()
const admin = await server.client('admin@contoso.com')
const engineer = await server.client('engineer@contoso.com')
const lead = await server.client('lead@contoso.com', { amr: [] })
const manager = await server.client('itmanager@contoso.com')

const refused = async (work: Promise<unknown>): Promise<Problem> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (error instanceof ApiProblem) return error.problem
  throw new Error('it was not refused', { cause: error })
}

const events = async () => Number((await server.database.db.query<{ n: number }>('select count(*)::int as n from events'))[0]?.n)

describe('the sample tenant', () => {
  it('flags what it found in place, with an event each, and gives the rest through the one door', async () => {
    const rows = await server.database.db.query<{ source: string; n: number; events: number; requests: number }>(
      `select s.source, count(*)::int as n, count(e.id)::int as events, count(r.id)::int as requests from schedules s
       left join events e on e.subject = 'schedule' and e.subject_id = s.id::text and e.from_state = 'None' left join requests r on r.schedule_id = s.id
       where s.plane <> 'group' group by s.source order by s.source`,
    )
    expect(rows).toEqual([
      { source: 'Assigned', n: 11, events: 11, requests: 11 },
      { source: 'Outside', n: 4, events: 4, requests: 0 },
    ])
  })

  it('is refused a second time', async () => {
    const { loadTenant } = await import('../../src/operations/load-tenant.ts')
    const { emptyTenant } = await import('../../src/operations/empty-tenant.ts')
    const file = emptyTenant({ tenant: 'contoso.com', admin: 'a@contoso.com' }, () => crypto.randomUUID())
    const before = await events()
    expect(file.ok && (await loadTenant(server.ctx, file.value))).toMatchObject({ ok: false, fault: { code: 'InvalidTenantFile' } })
    expect(await events()).toBe(before)
  })

  it('has the settings of the file in force', async () => {
    const policy = await admin.policy({ params: { plane: 'directory' }, query: { role: 'Global Administrator' } })
    const rule = (id: string) => policy.rules.find((r) => r.id === id)
    expect(rule('Expiration_EndUser_Assignment')).toMatchObject({ maximumDuration: 'PT4H' })
    expect(rule('Enablement_EndUser_Assignment')).toMatchObject({
      enabledRules: ['MultiFactorAuthentication', 'Justification', 'Ticketing'],
    })
    expect(rule('Approval_EndUser_Assignment')).toMatchObject({ setting: { isApprovalRequired: true } })
    const owner = await admin.policy({
      params: { plane: 'resource' },
      query: { role: 'Owner', scope: '/subscriptions/00000000-0000-0000-0000-000000000000' },
    })
    expect(owner.rules.find((r) => r.id === 'AuthenticationContext_EndUser_Assignment')).toMatchObject({
      isEnabled: true,
      claimValue: 'c1',
    })
    expect(owner.rules.find((r) => r.id === 'Expiration_Admin_Eligibility')).toMatchObject({
      isExpirationRequired: true,
      maximumDuration: 'P180D',
    })
  })
})

describe('a stint through the native API', () => {
  let id = ''

  it('shows what one can have, and everything that stands in the way of it', async () => {
    expect((await manager.myRoles()).can).toMatchObject([{ role: { name: 'User Administrator' }, allowedActions: ['activate'] }])
    const preview = await manager.preview({ body: { action: 'selfActivate', role: 'user administrator', duration: 'PT9H' } })
    expect(preview.findings.map((f) => f.rule)).toEqual(['ExpirationRule', 'JustificationRule'])
    expect(preview.inputs.map((i) => i.name)).toEqual(['duration', 'mfa', 'justification'])
    expect(preview.needsApproval).toBe(false)
  })

  it('activates, shows it among what one has, and ends it early', async () => {
    const before = await events()
    const asked = await manager.submit({
      body: { action: 'selfActivate', role: 'User Administrator', duration: 'PT1H', justification: 'help' },
    })
    expect(asked).toMatchObject({ status: 'Provisioned', role: { name: 'User Administrator' }, scope: { id: '/' } })
    expect(await events()).toBe(before + 2)
    const { can, have } = await manager.myRoles()
    expect(can[0]?.allowedActions).toEqual([])
    expect(have).toMatchObject([{ id: asked.id, source: 'Activated', until: asked.until, allowedActions: ['deactivate'] }])
    expect(await manager.submit({ body: { action: 'selfDeactivate', role: 'User Administrator' } })).toMatchObject({ status: 'Revoked' })
    expect((await manager.myRoles()).had).toMatchObject([{ role: { name: 'User Administrator' }, allowedActions: [] }])
  })

  it('makes somebody eligible by names, and holds the activation for approval', async () => {
    const given = await admin.submit({
      body: {
        ...{ action: 'adminAssign', level: 'Eligibility', principal: 'engineer@contoso.com', role: 'member' },
        ...{ scope: 'pag-payments-operators', duration: 'P180D' },
      },
    })
    expect(given).toMatchObject({ status: 'Provisioned', plane: 'group', scope: { displayName: 'pag-payments-operators' } })
    const asked = await engineer.submit({
      body: { action: 'selfActivate', role: 'pag-payments-operators', duration: 'PT2H', justification: 'deploy' },
    })
    expect(asked).toMatchObject({ status: 'PendingApproval', allowedActions: ['cancel'] })
    id = asked.id
  })

  it('shows the request to those asked and to nobody else', async () => {
    const waiting = await lead.requests({ query: { mine: 'approver' } })
    expect(waiting.items).toMatchObject([{ id, allowedActions: ['approve', 'deny'] }])
    expect(await lead.request({ params: { id } })).toMatchObject({ allowedActions: ['approve', 'deny'] })
    expect(await refused(manager.request({ params: { id } }))).toMatchObject({ status: 403, code: 'Forbidden' })
  })

  it('tells whoever watches, until it is settled', async () => {
    const seen: string[] = []
    const watching = (async () => {
      for await (const { event, data } of engineer.watch(id))
        seen.push(`${event} ${(data as { status?: string; to?: string }).status ?? (data as { to: string }).to}`)
    })()
    await expect.poll(() => seen).toContain('request PendingApproval')
    expect(await refused(engineer.decide({ params: { id }, body: { result: 'Approve', justification: 'me' } }))).toMatchObject({
      code: 'OwnRequest',
    })
    expect(await refused(lead.decide({ params: { id }, body: { result: 'Approve' } }))).toMatchObject({
      code: 'ApproverJustificationRequired',
    })
    expect(await lead.decide({ params: { id }, body: { result: 'Approve', justification: 'ok' } })).toMatchObject({ status: 'Provisioned' })
    await watching
    expect(seen.at(-1)).toBe('request Provisioned')
    const { items } = await engineer.requestEvents({ params: { id }, query: {} })
    // What follows at the target has its own events, and its own time.
    const own = items.filter((e) => e.subject !== 'grant')
    expect(own.map((e) => `${e.subject} ${e.from}>${e.to}`)).toEqual([
      'request None>PendingApproval',
      'approval None>InProgress',
      'approval InProgress>Completed',
      'request PendingApproval>Provisioned',
      'schedule None>Provisioned',
    ])
  })

  it('shows what the group brings for as long as the membership lasts', async () => {
    const { have } = await engineer.myRoles()
    const member = have.find((h) => h.plane === 'group' && h.source === 'Activated')
    const through = have.filter((h) => h.principal.displayName === 'pag-payments-operators')
    expect(through).toHaveLength(4)
    expect(new Set(through.map((h) => h.until))).toEqual(new Set([member?.until]))
  })

  it('withdraws a request', async () => {
    await engineer.submit({ body: { action: 'selfDeactivate', role: 'pag-payments-operators' } })
    const asked = await engineer.submit({
      body: { action: 'selfActivate', role: 'pag-payments-operators', duration: 'PT2H', justification: 'again' },
    })
    expect(await engineer.cancel({ params: { id: asked.id } })).toMatchObject({ status: 'Canceled', allowedActions: [] })
    expect(await refused(engineer.cancel({ params: { id: asked.id } }))).toMatchObject({ status: 400, code: 'NotCancelable' })
  })
})

describe('lists', () => {
  it('turn pages without losing or repeating a row', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await admin.requests({ query: { limit: 4, ...(cursor ? { cursor } : {}) } })
      seen.push(...page.items.map((r) => r.id))
      cursor = page.next ?? undefined
    } while (cursor)
    const all = await admin.requests({ query: { limit: 1000 } })
    expect(seen).toEqual(all.items.map((r) => r.id))
    expect(new Set(seen).size).toBe(seen.length)
  })
  it('refuse a cursor that is not ours, a limit out of bounds and unknown fields', async () => {
    expect(await refused(admin.requests({ query: { cursor: 'bm9wZQ' } }))).toMatchObject({ code: 'InvalidCursor' })
    expect(await refused(admin.requests({ query: { limit: 1001 } }))).toMatchObject({ code: 'InvalidQuery' })
    expect(await refused(admin.requests({ query: { nope: 1 } as never }))).toMatchObject({ code: 'InvalidQuery' })
  })
  it('are for readers of the scope', async () => {
    expect(await refused(engineer.assignments({ query: { plane: 'directory' } }))).toMatchObject({ code: 'Forbidden' })
    const found = await admin.assignments({ query: { scope: 'rg-payments-prod' } })
    expect(found.items.map((h) => `${h.principal.displayName} ${h.role.name} ${h.scope.displayName}`).sort()).toEqual([
      'pag-payments-operators Contributor rg-payments-prod',
      'pag-payments-operators Key Vault Secrets User kv-payments',
    ])
    expect((await admin.eligibilities({ query: { principal: 'itmanager@contoso.com' } })).items).toHaveLength(1)
  })
  it('find roles and principals by how their names begin', async () => {
    expect((await engineer.roles({ query: { plane: 'directory', name: 'user admin' } })).items).toMatchObject([
      { name: 'User Administrator' },
    ])
    expect((await engineer.principals({ query: { name: 'payments' } })).items).toMatchObject([{ displayName: 'Payments Platform' }])
    expect((await engineer.myMessages({ query: {} })).next).toBeNull()
  })
})

describe('names', () => {
  it('that may mean several things are never guessed', async () => {
    const ask = { action: 'selfActivate', role: 'Owner', duration: 'PT1H' } as const
    const auditor = await server.client('auditor@contoso.com')
    expect(await refused(auditor.preview({ body: ask }))).toMatchObject({ code: 'InvalidQuery' })
    const twice = await refused(auditor.preview({ body: { ...ask, scope: 'Contoso Production' } }))
    expect(twice.detail).toContain('may mean')
    expect(await refused(auditor.preview({ body: { ...ask, role: 'No such role' } }))).toMatchObject({ code: 'RoleNotFound' })
    expect(await refused(auditor.preview({ body: { ...ask, scope: 'no such scope' } }))).toMatchObject({ code: 'ResourceNotFound' })
    const unknown = { action: 'adminAssign', level: 'Eligibility', principal: 'nobody', role: 'Owner', duration: 'P1D' } as const
    expect(await refused(admin.submit({ body: unknown }))).toMatchObject({ code: 'SubjectNotFound' })
  })
  it('tell nobody how somebody else stands', async () => {
    const body = {
      action: 'adminAssign',
      level: 'Eligibility',
      principal: 'sam@contoso.com',
      role: 'Owner',
      scope: 'rg-edge-prod',
    } as const
    const told = await refused(engineer.preview({ body: { ...body, duration: 'P1D' } }))
    expect(told).toMatchObject({ code: 'Forbidden' })
    expect(told.findings.map((f) => f.code)).toEqual(['Forbidden'])
  })
})

describe('whoever the token speaks for', () => {
  it('is shown, with what the token says of the sign-in', async () => {
    const strong = await server.client('engineer@contoso.com', { amr: ['fido'], acrs: ['c1'] })
    expect(await strong.me()).toMatchObject({
      upn: 'engineer@contoso.com',
      amr: ['fido'],
      acrs: ['c1'],
      tenant: { displayName: 'Contoso' },
    })
  })
  it('may be a program', async () => {
    const program = await server.client('contoso-deploy', { roles: ['RoleManagement.ReadWrite.Directory'] })
    expect(await program.me()).toMatchObject({ kind: 'servicePrincipal' })
    const asked = program.submit({ body: { action: 'selfActivate', role: 'User Administrator', duration: 'PT1H' } })
    expect(await refused(asked)).toMatchObject({ status: 403 })
  })
  it('answers to all addresses', async () => {
    expect(await (await server.client('engineer@contoso.onmicrosoft.com')).me()).toMatchObject({ upn: 'engineer@contoso.com' })
  })
  it('leaves an event for each token', async () => {
    const [row] = await server.database.db.query<{ data: object }>(
      `select data from events where subject = 'token' and principal_id = '11111111-1111-1111-1111-111111111111' order by position desc limit 1`,
    )
    expect(row?.data).toMatchObject({ audience: 'own', minutes: 15 })
  })
})

it('every route of the table is mounted', async () => {
  const token = await server.token('admin@contoso.com')
  for (const { method, path } of Object.values(ROUTES)) {
    const url = `${server.url}/api/v1${path.replace(':id', 'x').replace(':plane', 'directory')}`
    const answer = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })
    expect([
      path,
      answer.status === 405 || ((await answer.json()) as Problem).detail === `\`${new URL(url).pathname}\` does not exist`,
    ]).toEqual([path, false])
  }
})

it('an unreachable server is told apart from a refusal', async () => {
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:9', token: 'x', fetch })
  await expect(nobody.me()).rejects.toThrow('does not answer')
})
