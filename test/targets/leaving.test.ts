// Somebody leaves where they are kept, and a live stint ends at a real PostgreSQL 15: by SCIM turned off, by SCIM out of a group, by a
// directory that locks them. The milliseconds are printed.

import { randomUUID } from 'node:crypto'
import { Attribute, Change } from 'ldapts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresConnector } from '../../src/connectors/postgres/index.ts'
import type { Privilege } from '../../src/domain/privilege.ts'
import { anyConnector } from '../../src/domain/provisioning/connector.ts'
import { bindAccount } from '../../src/operations/bind-account.ts'
import { bindPrivilege } from '../../src/operations/bind-privilege.ts'
import type { Call } from '../../src/operations/context.ts'
import { addSource, doneBySources, wantSync } from '../../src/operations/identity-sources.ts'
import { registerTarget } from '../../src/operations/register-target.ts'
import { settleDue, settleGround } from '../../src/operations/settle-due.ts'
import { identityJobs } from '../../src/worker/identities.ts'
import { targetJobs } from '../../src/worker/jobs.ts'
import { type Loop, startLoop } from '../../src/worker/loop.ts'
import { openProvisioner } from '../../src/worker/provision.ts'
import { CONNECTOR, type PostgresPeer, postgresPeer } from '../connectors/postgres-peer.ts'
import { openSender, type Sender } from '../scim/support.ts'
import { type Doors, openDoors } from '../support/doors.ts'
import { groupRole, MFA, makeWorld, type World } from '../support/world.ts'
import { startDebianPostgres } from './debian-postgres.ts'
import { type PrivateDirectory, startSlapd } from './debian-slapd.ts'

const ENV = { STINT_TEST_PW: 'only for this test', STINT_SOURCE_PASSWORD: '' }
const silent = { info() {}, warn() {}, error() {} }
let loop: Loop | null = null
let w: World
let doors: Doors
let peer: PostgresPeer
let okta: Sender
let directory: PrivateDirectory
const undo: (() => unknown)[] = []

beforeAll(async () => {
  w = await makeWorld({ clock: 'real', settings: { shortestStint: 100 }, wake: () => loop?.wake() })
  doors = await openDoors(w)
  const server = await startDebianPostgres(15)
  peer = await postgresPeer(server)
  undo.push(() => peer.close())
  directory = await startSlapd()
  ENV.STINT_SOURCE_PASSWORD = directory.password
  undo.push(() => directory.stop())
  const config = {
    host: '127.0.0.1',
    port: server.port,
    database: 'vault',
    user: CONNECTOR,
    password: { env: 'STINT_TEST_PW' },
    tls: 'disable',
  }
  const made = await registerTarget(w.ctx, w.as('admin'), { name: 'vault', kind: 'postgres', config })
  expect(made.ok).toBe(true)
  const bound = await bindPrivilege(w.ctx, w.as('admin'), { privilege: groupRole(), target: 'vault', entitlement: peer.entitlement.name })
  expect(bound.ok).toBe(true)
  okta = await openSender(w, doors, 'Okta')
  const provisioner = openProvisioner({
    ctx: w.ctx,
    connectors: [anyConnector(postgresConnector)],
    env: ENV,
    log: silent,
    worker: randomUUID(),
    wake: () => loop?.wake(),
  })
  loop = startLoop({
    jobs: [
      { name: 'settle', run: () => settleDue(w.ctx), restMs: 100 },
      { name: 'ground', run: () => settleGround(w.ctx), restMs: 1_000 },
      ...identityJobs(w.ctx, ENV, silent),
      ...targetJobs(w.ctx, provisioner),
    ],
    now: w.now,
    onError: (job, error) => console.error(job, error),
  })
  undo.push(async () => {
    await loop?.stop()
    await provisioner.close()
  })
})

afterAll(async () => {
  for (const one of undo.reverse()) await one()
})

const as = (id: string): Call => ({
  actor: { t: 'user', id, proof: { ...MFA, at: w.now() }, scopes: null, app: null, ip: null },
  correlationId: randomUUID(),
})

/** Gives a person an account, and makes them active; answers with their open session at the target. */
async function live(id: string, eligible: string, privilege: Privilege = groupRole()) {
  await w.seed(eligible, 'Eligibility', privilege)
  const account = await peer.newAccount()
  expect(await bindAccount(w.ctx, w.as('admin'), { target: 'vault', principalId: id, account })).toMatchObject({ ok: true })
  const asked = await w.submit(as(id), w.ask('selfActivate', 'Assignment', privilege, id))
  expect(asked).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
  const ref = await peer.ref(account)
  await expect.poll(() => peer.can(ref), { timeout: 15_000, interval: 20 }).toBe(true)
  const session = await peer.login(ref)
  await session.query('select count(*) from public.gold')
  return { ref, session }
}

/** The right goes first and the session after it, so that a new one finds no way in. */
const ended = (session: { query(text: string): Promise<unknown> }) =>
  expect
    .poll(
      () =>
        session.query('select 1').then(
          () => 'alive',
          () => 'ended',
        ),
      { timeout: 15_000, interval: 10 },
    )
    .toBe('ended')

async function untilGone(ref: { id: string; name: string }, began: number): Promise<number> {
  await expect.poll(() => peer.can(ref), { timeout: 15_000, interval: 10 }).toBe(false)
  return Date.now() - began
}

const asksMe = async (id: string) =>
  (await doors.send(null, 'GET', '/api/v1/me', undefined, { authorization: `Bearer ${await doors.token('priya', { oid: id })}` })).status

it('SCIM turns somebody off: the next read knows, and the target within a second', async () => {
  const { id } = await okta.user('lea@contoso.com')
  const { ref, session } = await live(id, id)
  expect(await asksMe(id)).toBe(200)
  const began = Date.now()
  expect(await okta.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })).toMatchObject({ status: 200 })
  const readMs = Date.now() - began
  expect(await asksMe(id)).toBe(403)
  const ms = await untilGone(ref, began)
  await ended(session)
  console.info(`leaving by SCIM: answered after ${readMs} ms, gone at PostgreSQL 15 after ${ms} ms, the open session too`)
  expect(ms).toBeLessThan(10_000)
  const why = await doneBySources(w.ctx, w.as('admin'), id)
  expect(why.ok && why.value[0]).toMatchObject({
    action: 'disablePrincipal',
    source: 'Okta',
    reason: 'Okta says the person may no longer act',
  })
})

it('SCIM takes somebody out of the group that their eligibility came by', async () => {
  const { id } = await okta.user('max@contoso.com')
  const team = await okta.group('On call', [id])
  const { ref, session } = await live(id, team.id)
  const began = Date.now()
  expect(await okta.patch(`/Groups/${team.id}`, { op: 'remove', path: `members[value eq "${id}"]` })).toMatchObject({ status: 204 })
  const ms = await untilGone(ref, began)
  await ended(session)
  console.info(`leaving a group by SCIM: gone at PostgreSQL 15 after ${ms} ms, the open session too`)
  const why = await doneBySources(w.ctx, as(id), null)
  expect(why.ok && why.value[0]).toMatchObject({ action: 'leaveGroup', scope: team.id, reason: 'Okta has them in On call no longer' })
})

it('a directory locks somebody: gone with the next reading', async () => {
  const admin = await directory.admin()
  const dn = `uid=nia,ou=people,${directory.base}`
  await admin.add(dn, { objectClass: 'inetOrgPerson', uid: 'nia', cn: 'Nia', sn: 'Nia' })
  const settings = {
    url: directory.url,
    caFile: directory.caFile,
    bindDn: directory.bindDn,
    password: { env: 'STINT_SOURCE_PASSWORD' },
    base: directory.base,
    disabledAttribute: 'pwdAccountLockedTime',
  }
  expect(await addSource(w.ctx, w.as('admin'), { kind: 'ldap', name: 'Directory', adopt: false, settings })).toMatchObject({ ok: true })
  const find = async () => (await w.db.query<{ id: string }>(`select id from principals where upn = 'nia@contoso.com'`))[0]?.id
  await expect.poll(find, { timeout: 15_000 }).toBeDefined()
  const id = (await find()) ?? ''
  const { ref, session } = await live(id, id)
  const began = Date.now()
  await admin.modify(
    dn,
    new Change({ operation: 'add', modification: new Attribute({ type: 'pwdAccountLockedTime', values: ['000001010000Z'] }) }),
  )
  await wantSync(w.ctx, w.as('admin'), 'Directory', { full: false, dryRun: false, override: false })
  const ms = await untilGone(ref, began)
  await ended(session)
  await admin.unbind()
  console.info(`locked in OpenLDAP: read and gone at PostgreSQL 15 after ${ms} ms, the open session too`)
})
