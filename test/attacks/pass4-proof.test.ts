// A proof that was made for one request, tried for others that look alike; and what a sign-in page hides of what it is made for.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bindingOf } from '../../src/domain/policy/proof-demand.ts'
import { askInstead } from '../../src/domain/request/outside.ts'
import type { Ask } from '../../src/domain/request/request.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { assignOutside } from '../../src/operations/outside.ts'
import { authorityServer, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { idOf, makeWorld, resourceRole, type World } from '../support/world.ts'

const privilege = resourceRole()
let w: World
beforeAll(async () => {
  w = await makeWorld()
  await w.seed(idOf('engineer'), 'Eligibility', privilege)
})
afterAll(() => w.drop())

const wordsOf = (r: Awaited<ReturnType<World['submit']>>) => (r.ok ? ['taken'] : r.fault.findings.map((f) => f.words))
const UNBOUND = [expect.stringContaining('not shown for this request')]

describe('a proof bound to what an administrator gives', () => {
  const rule = (level: string) => ({
    ...{ kind: 'Enablement', id: `Enablement_Admin_${level}`, caller: 'Admin', level },
    ...{ enabledRules: ['MultiFactorAuthentication'], proof: { maximumAge: null, boundToRequest: true } },
  })
  beforeEach(() => w.policy(privilege, [rule('Assignment'), rule('Eligibility')] as never))
  const giving = (level: Ask['level'], more: Partial<Ask> = {}) => w.ask('adminAssign', level, privilege, idOf('sam'), more)
  const proven = (ask: Ask) => w.as('admin', { amr: ['pwd', 'otp', 'mfa'], session: randomUUID(), bound: bindingOf(ask) })

  it('is used up by it', async () => {
    const ask = giving('Eligibility')
    const call = proven(ask)
    expect(wordsOf(await w.submit(call, ask))).toEqual(['taken'])
    w.pass(6 * MINUTE)
    const end = w.ask('adminRemove', 'Eligibility', privilege, idOf('sam'), { schedule: null })
    expect(wordsOf(await w.submit(w.as('admin'), end))).toEqual(['taken'])
    expect(wordsOf(await w.submit(call, ask))).toEqual([expect.stringContaining('used for another request')])
  })

  it('does not do for another level, nor for one without an end', async () => {
    const end = { start: null, type: 'AfterDateTime' as const, duration: null, end: w.now() + DAY }
    const eligible = giving('Eligibility', { schedule: end })
    expect(wordsOf(await w.submit(proven(eligible), giving('Assignment', { schedule: end, validationOnly: true })))).toEqual(UNBOUND)
    const unsaid = giving('Eligibility', { schedule: { start: null, type: 'NotSpecified', duration: null, end: null } })
    const forever = giving('Eligibility', {
      schedule: { start: null, type: 'NoExpiration', duration: null, end: null },
      validationOnly: true,
    })
    expect(wordsOf(await w.submit(proven(unsaid), forever))).toEqual(expect.arrayContaining(UNBOUND))
  })

  it('does not go past the front door, where nothing would use it up: SideDoorClosed', async () => {
    const o = { privilege, principalId: idOf('manager'), name: null, condition: null, conditionVersion: null, description: null }
    const call = proven(askInstead(o, null))
    const judged = () => assignOutside(w.ctx, call, o)
    expect(await judged()).toMatchObject({ ok: false, fault: { code: 'SideDoorClosed' } })
    expect(await w.db.query(`select 1 from schedules where principal_id = $1 and source = 'Outside'`, [idOf('manager')])).toEqual([])
    await w.policy(privilege, [{ ...rule('Assignment'), proof: { maximumAge: null, boundToRequest: false } }] as never)
    expect(await judged()).toMatchObject({ ok: true })
  })

  it('does not do for other conditions', async () => {
    const conditioned = giving('Assignment', { condition: "@Resource[name] StringEquals 'one'", conditionVersion: '2.0' })
    const plain = giving('Assignment', { validationOnly: true })
    expect(wordsOf(await w.submit(proven(conditioned), plain))).toEqual(expect.arrayContaining(UNBOUND))
  })
})

it('a page says until when, if what is to be confirmed has an end', async () => {
  const server = await authorityServer()
  const { publicUrl: origin } = server
  const bound = JSON.stringify(['selfActivate', 'directory', '/', 'r', randomUUID(), Date.UTC(2030, 0, 2, 3, 4), null])
  const forever = JSON.stringify([
    'adminAssign',
    'directory',
    '/',
    'r',
    '11111111-1111-1111-1111-111111111111',
    'NoExpiration',
    null,
    'Eligibility',
    null,
  ])
  const hostile = JSON.stringify(['selfActivate', 'directory', '/', 'r', randomUUID(), 1e300, {}])
  const page = async (stint_req: string) => {
    const query = new URLSearchParams({
      ...{ client_id: TOOL, response_type: 'code', redirect_uri: 'http://localhost:54321', state: 's', scope: `${origin}/.default` },
      ...{ code_challenge_method: 'S256', code_challenge: createHash('sha256').update(randomBytes(9)).digest('base64url') },
      claims: JSON.stringify({ access_token: { stint_req: { essential: true, value: stint_req } } }),
    })
    return new Browser(origin).go(`${origin}/organizations/oauth2/v2.0/authorize?${query}`)
  }
  expect((await page(bound)).text).toContain('activate r at Contoso until 2030-01-02T03:04')
  const given = (await page(forever)).text
  expect(given).toContain('assign eligibility for r at Contoso to engineer@contoso.com without an end')
  expect((await page(hostile)).status).toBe(200)
})
