// Nobody who runs the installation is locked out by a setting: contexts, rules, disabling and deleting are refused when they are saved.
// Where nobody could sign in before, they keep nobody out.

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { type ContextEdit, listAuthenticationContexts, setAuthenticationContext } from '../../src/operations/authentication-contexts.ts'
import { deletePrincipal } from '../../src/operations/directory-delete.ts'
import { mustStay } from '../../src/operations/identity-leave.ts'
import { addProvider, changeProvider, removeProvider } from '../../src/operations/identity-providers.ts'
import { readInstallation } from '../../src/operations/installation.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { updatePolicy } from '../../src/operations/update-policy.ts'
import { addTenant } from '../../src/store/tenant-rows.ts'
import { type Doors, openDoors } from '../support/doors.ts'
import { directoryRole, idOf, makeWorld, type Name, SETTINGS, TENANT, type World } from '../support/world.ts'

const GA = directoryRole(GLOBAL_ADMINISTRATOR)
let w: World
let doors: Doors
beforeAll(async () => {
  w = await makeWorld()
  await addTenant(w.db, { id: TENANT, displayName: 'Contoso', domains: ['contoso.com'] })
  const refresh = async () => {
    w.settings = (await readInstallation(w.db, SETTINGS))?.settings ?? SETTINGS
  }
  Object.assign(w.ctx, { refresh })
  doors = await openDoors(w)
})
afterAll(() => w.drop())
beforeEach(() => w.db.query('truncate passkeys, sealed_secrets, code_generators, policies, authentication_contexts'))

const passkey = (name: Name) =>
  w.db.query(
    `insert into passkeys (id, principal_id, name, public_key, counter, device_type, backed_up, created_at)
     values ($1, $2, 'key', $3, 0, 'singleDevice', false, now())`,
    [randomBytes(16), idOf(name), randomBytes(16)],
  )
const set = (id: string, edit: ContextEdit) => setAuthenticationContext(w.ctx, w.as('admin'), id, edit)
const demand = (claimValue: string, role = GA) =>
  updatePolicy(w.ctx, w.as('admin'), role, [
    { id: 'Enablement_EndUser_Assignment', kind: null, target: null, fields: { enabledRules: [] } },
    { id: 'AuthenticationContext_EndUser_Assignment', kind: null, target: null, fields: { isEnabled: true, claimValue } },
  ])
const LOCKED = { ok: false, fault: { code: 'LastAbleAdministrator' } }
const events = async (action: string) =>
  (await w.db.query<{ kind: string }>('select kind from events where action = $1 order by at, position', [action])).map(({ kind }) => kind)

it('an eligible administrator with a passkey meets a context; a rule that names one they cannot meet is refused', async () => {
  // Only sam could sign in at all, and may only activate.
  await w.seed(idOf('sam'), 'Eligibility', GA)
  await passkey('sam')
  expect(await demand('c7')).toMatchObject(LOCKED)
  expect(await w.db.query('select 1 from policies')).toEqual([])
  await set('c7', { displayName: 'Passkeys', strength: 'passkey' })
  expect(await demand('c7')).toMatchObject({ ok: true })
  // And now the context itself may not go, nor ask for what nobody here has.
  expect(await set('c7', { enabled: false })).toMatchObject(LOCKED)
  expect(await set('c7', { compliantDevice: true })).toMatchObject(LOCKED)
  expect((await listAuthenticationContexts(w.ctx, w.as('admin'))).ok && w.settings.authenticationContexts).toEqual([
    { id: 'c7', strength: 'passkey', maximumAge: null, networks: [], compliantDevice: false },
  ])
  expect(await set('c7', { maximumAge: 60_000 })).toMatchObject({ ok: true })
})

it('with another who holds the role and can sign in, the same settings are saved', async () => {
  await passkey('sam')
  await passkey('admin')
  expect(await demand('c9')).toMatchObject({ ok: true })
  expect(await demand('c9', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))).toMatchObject({ ok: true })
})

it('the last who can sign in is neither disabled nor deleted, though others hold the role', async () => {
  await passkey('sam')
  await set('c1', {})
  expect(await setPrincipalEnabled(w.ctx, w.as('admin'), idOf('sam'), false)).toMatchObject(LOCKED)
  expect(await deletePrincipal(w.ctx, w.as('admin'), 'user', idOf('sam'))).toMatchObject(LOCKED)
  expect(await w.db.query('select enabled, deleted_at from principals where id = $1', [idOf('sam')])).toEqual([
    { enabled: true, deleted_at: null },
  ])
  expect((await events('disablePrincipal')).at(-1)).toBe('refusal')
  await passkey('admin')
  expect(await setPrincipalEnabled(w.ctx, w.as('admin'), idOf('sam'), false)).toMatchObject({ ok: true })
  expect(await setPrincipalEnabled(w.ctx, w.as('admin'), idOf('sam'), true)).toMatchObject({ ok: true })
})

it('where nobody can sign in yet, nothing is kept from being set', async () => {
  expect(await demand('c9')).toMatchObject({ ok: true })
})

it('contexts at the native door: read by readers, defined by administrators, one event for each change', async () => {
  const path = '/api/v1/authentication-contexts'
  const body = { displayName: 'Office', strength: 'phishingResistant', maximumAge: 'PT10M', networks: ['10.0.0.0/8'] }
  expect(await doors.send('sam', 'PATCH', `${path}/c2`, body)).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
  const before = (await events('updateAuthenticationContext')).length
  expect(await doors.send('admin', 'PATCH', `${path}/c2`, body)).toMatchObject({
    status: 200,
    body: { id: 'c2', ...body, description: '', enabled: true, compliantDevice: false },
  })
  expect(await doors.send('admin', 'PATCH', `${path}/c2`, { maximumAge: 'PT10M' })).toMatchObject({ status: 200 })
  expect(await events('updateAuthenticationContext')).toHaveLength(before + 1)
  expect(await doors.send('admin', 'GET', path)).toMatchObject({ status: 200, body: { items: [{ id: 'c2' }] } })
  expect(await doors.send('engineer', 'GET', path)).toMatchObject({ status: 403 })
  for (const [id, wrong] of [
    ['c0', {}],
    ['c100', {}],
    ['c2', { networks: ['10.0.0.0/99'] }],
    ['c2', { strength: 'strong' }],
    ['c2', { maximumAge: 'P1Y' }],
    ['c2', { displayName: ' ' }],
    ['c2', { other: 1 }],
  ] as const)
    expect(await doors.send('admin', 'PATCH', `${path}/${id}`, wrong)).toMatchObject({
      status: 400,
      body: { code: expect.stringMatching(/^(InvalidContext|MalformedBody)$/) },
    })
  expect(await doors.send('admin', 'PATCH', `${path}/c0`, {})).toMatchObject({ body: { code: 'InvalidContext' } })
})

it('what a rule asks of a proof is set at the native door, kept by the reference’s doors, and never shown there', async () => {
  const at = `/api/v1/policies/directory?role=${GLOBAL_ADMINISTRATOR}`
  const rule = { id: 'Enablement_EndUser_Assignment', proof: { maximumAge: 'PT5M', boundToRequest: true } }
  expect(await doors.send('sam', 'PATCH', at, { rules: [rule] })).toMatchObject({ status: 403 })
  const done = await doors.send('admin', 'PATCH', at, { rules: [rule] })
  expect(done.body.rules.find((r: { id: string }) => r.id === rule.id)).toMatchObject(rule)
  expect(await doors.send('admin', 'PATCH', at, { rules: [{ ...rule, proof: { maximumAge: 'PT5S' } }] })).toMatchObject({
    status: 400,
    body: { code: 'InvalidPolicy' },
  })
  const graph = await doors.send(
    'admin',
    'GET',
    `/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'&$expand=rules`,
  )
  expect(graph.status).toBe(200)
  expect(JSON.stringify(graph.body)).not.toContain('boundToRequest')
})

it('the provider by which alone anybody could administer is neither turned off nor removed, nor is the last passkey of theirs', async () => {
  const given = {
    name: 'corporate',
    displayName: 'Corporate',
    issuer: 'https://idp.test',
    clientId: 'stint',
    secret: 'a secret of the provider',
  }
  const made = await addProvider(w.ctx, w.as('admin'), given)
  const provider = made.ok ? made.value.id : made.fault.words
  await w.db.query('insert into external_identities (provider_id, subject, principal_id, created_at) values ($1, $2, $3, now())', [
    provider,
    'one',
    idOf('admin'),
  ])
  expect(await changeProvider(w.ctx, w.as('admin'), 'corporate', { enabled: false })).toMatchObject(LOCKED)
  expect(await removeProvider(w.ctx, w.as('admin'), 'corporate')).toMatchObject(LOCKED)
  await passkey('admin')
  expect(await changeProvider(w.ctx, w.as('admin'), 'corporate', { enabled: false })).toMatchObject({ ok: true })
  expect(await removeProvider(w.ctx, w.as('admin'), 'corporate')).toMatchObject({ ok: true })
})

it('a source turns off nobody who is the last able one, and everybody else', async () => {
  await passkey('sam')
  const run = { tx: w.db, now: w.now() } as unknown as Parameters<typeof mustStay>[0]
  const stay = await mustStay(run, [idOf('lead'), idOf('sam')])
  expect([...stay].map(([id, { code }]) => [id, code])).toEqual([[idOf('sam'), 'LastAbleAdministrator']])
  await passkey('admin')
  expect(await mustStay(run, [idOf('sam')])).toEqual(new Map())
})
