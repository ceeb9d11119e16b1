// What a rule asks of a proof beyond its kind: fresh, made for this very request, from here, on such a device (behaviour 2.9, 3.5; D6, D9).

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Proof } from '../../src/domain/access/actor.ts'
import type { AuthenticationContext } from '../../src/domain/access/strength.ts'
import { bindingOf } from '../../src/domain/policy/proof-demand.ts'
import type { Ask } from '../../src/domain/request/request.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import type { Call } from '../../src/operations/context.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { approvalBy, directoryRole, idOf, makeWorld, resourceRole, SETTINGS, type World } from '../support/world.ts'

const PASSKEY = ['fido', 'passkey', 'mfa']
const C1: AuthenticationContext = { id: 'c1', strength: 'mfa', maximumAge: null, networks: [], compliantDevice: false }
const ENABLEMENT = { kind: 'Enablement', id: 'Enablement_EndUser_Assignment', caller: 'EndUser', level: 'Assignment' }
const CONTEXT = {
  kind: 'AuthenticationContext',
  id: 'AuthenticationContext_EndUser_Assignment',
  caller: 'EndUser',
  level: 'Assignment',
  isEnabled: true,
  claimValue: 'c1',
}
const NONE = { ...ENABLEMENT, enabledRules: [] }
const MULTIFACTOR = { ...ENABLEMENT, enabledRules: ['MultiFactorAuthentication'] }

const privilege = resourceRole()
let w: World
beforeAll(async () => {
  w = await makeWorld()
  await w.seed(idOf('engineer'), 'Eligibility', privilege)
})
afterAll(() => w.drop())
beforeEach(() => {
  w.settings = SETTINGS
})

const define = (more: Partial<AuthenticationContext>) => {
  w.settings = { ...SETTINGS, authenticationContexts: [{ ...C1, ...more }] }
}
const asking = (more: Partial<Ask> = {}): Ask => w.ask('selfActivate', 'Assignment', privilege, idOf('engineer'), more)
const engineer = (proof: Partial<Proof>, ip: string | null = null): Call => {
  const call = w.as('engineer', proof)
  return { ...call, actor: { ...call.actor, ip } as Call['actor'] }
}
const shown = (proof: Partial<Proof>, ip: string | null = null, more: Partial<Ask> = {}) =>
  w.submit(engineer({ acrs: ['c1'], ...proof }, ip), asking({ validationOnly: true, ...more }))
const wordsOf = (r: Awaited<ReturnType<typeof shown>>) => (r.ok ? [] : r.fault.findings.map((f) => f.words))
const ENDED = { action: 'selfDeactivate' } as const
const endIt = () => w.submit(w.as('engineer'), w.ask(ENDED.action, 'Assignment', privilege, idOf('engineer')))

describe('an authentication context', () => {
  beforeEach(() => w.policy(privilege, [NONE, CONTEXT]))

  it.each([
    ['mfa', ['pwd'], false],
    ['mfa', ['pwd', 'otp', 'mfa'], true],
    ['mfa', PASSKEY, true],
    ['phishingResistant', ['pwd', 'otp', 'mfa'], false],
    ['phishingResistant', ['fido', 'mfa'], true],
    ['phishingResistant', PASSKEY, true],
    ['passkey', ['fido', 'mfa'], false],
    ['passkey', PASSKEY, true],
  ] as const)('of strength %s is met by %j: %s', async (strength, amr, met) => {
    define({ strength })
    const words = wordsOf(await shown({ amr }))
    expect(words.filter((one) => one.startsWith('authentication context'))).toEqual(met ? [] : [expect.stringContaining('too weak')])
  })

  it('whose claim the token lacks is unmet, however strong the proof', async () => {
    expect(wordsOf(await shown({ amr: PASSKEY, acrs: [] }))).toEqual([expect.stringContaining('did not satisfy')])
  })

  it('asks for a proof no older than it says, to the millisecond, and for one whose age is known', async () => {
    define({ maximumAge: 10 * MINUTE })
    expect(await shown({ at: w.now() - 10 * MINUTE })).toMatchObject({ ok: true })
    const old = await shown({ at: w.now() - 10 * MINUTE - 1 })
    expect(wordsOf(old)).toEqual(['authentication context c1: the proof is too old'])
    // The challenge is the published one, so that the reference's clients know what to do.
    expect(old).toMatchObject({ fault: { code: 'RoleAssignmentRequestAcrsValidationFailed' } })
    expect(old.ok || decodeURIComponent(old.fault.words)).toBe('&claims={"access_token":{"acrs":{"essential":true, "value":"c1"}}}')
    expect(await shown({ at: null })).toMatchObject({ ok: false })
  })

  it('is offered from its networks only, and to nobody whose address is unknown', async () => {
    define({ networks: ['10.0.0.0/8', '2001:db8::/32'] })
    expect(await shown({}, '10.9.8.7')).toMatchObject({ ok: true })
    expect(await shown({}, '2001:db8::7')).toMatchObject({ ok: true })
    for (const address of ['11.9.8.7', '::1', null]) {
      const refused = await shown({}, address)
      expect(wordsOf(refused)).toEqual(['authentication context c1: it is not offered from your network'])
      // No sign-in would mend it: nobody is sent to one for nothing.
      expect(refused).toMatchObject({ fault: { findings: [{ mend: null }] } })
    }
  })

  it('may ask for a device that the identity provider says complies', async () => {
    define({ compliantDevice: true })
    expect(await shown({ compliantDevice: true })).toMatchObject({ ok: true })
    expect(wordsOf(await shown({}))).toEqual([expect.stringContaining('device')])
  })

  it('that is undefined or disabled is met by nobody (D9)', async () => {
    w.settings = { ...SETTINGS, authenticationContexts: [] }
    expect(wordsOf(await shown({ amr: PASSKEY }))).toEqual([expect.stringContaining('not defined')])
    w.settings = { ...SETTINGS, authenticationContexts: [], plainMfaFallback: true }
    expect(await shown({ amr: ['mfa'], acrs: [] })).toMatchObject({ ok: true })
    expect(await shown({ amr: ['mfa'], acrs: [], at: w.now() - 2 * HOUR })).toMatchObject({ ok: false })
  })

  it('has a greatest age that a rule may tighten, or leave to the token as the reference does', async () => {
    define({ maximumAge: 10 * MINUTE })
    const aged = (minutes: number) => shown({ at: w.now() - minutes * MINUTE })
    await w.policy(privilege, [NONE, { ...CONTEXT, proof: { maximumAge: 'PT2M', boundToRequest: false } }])
    expect([await aged(1), await aged(3)].map((r) => r.ok)).toEqual([true, false])
    await w.policy(privilege, [NONE, { ...CONTEXT, proof: { maximumAge: 'session', boundToRequest: false } }])
    expect(await aged(600)).toMatchObject({ ok: true })
    await w.policy(privilege, [NONE, { ...CONTEXT, proof: { maximumAge: 'sometimes', boundToRequest: false } }])
    expect(await aged(1)).toMatchObject({ ok: false })
  })
})

describe('a second factor', () => {
  beforeEach(() => w.policy(privilege, [MULTIFACTOR]))
  const stolen = () => shown({ acrs: [], at: w.now() - HOUR - 1 })

  it('shown too long ago does not do, and clients that know challenges are sent to sign in again', async () => {
    expect(await shown({ acrs: [], at: w.now() - HOUR })).toMatchObject({ ok: true })
    const refused = await stolen()
    expect(refused).toMatchObject({ fault: { code: 'RoleAssignmentRequestAcrsValidationFailed', findings: [{ rule: 'MfaRule' }] } })
    expect(refused.ok || decodeURIComponent(refused.fault.words)).toBe(
      '&claims={"access_token":{"amr":{"essential":true, "values":["mfa"]}}}',
    )
  })

  it('that was never shown is refused as in the reference', async () => {
    expect(await shown({ acrs: [], amr: ['pwd'] })).toMatchObject({ fault: { code: 'RoleAssignmentRequestPolicyValidationFailed' } })
  })

  it('may be as old as the rule says, or as the installation says', async () => {
    await w.policy(privilege, [{ ...MULTIFACTOR, proof: { maximumAge: 'session', boundToRequest: false } }])
    expect(await stolen()).toMatchObject({ ok: true })
    await w.policy(privilege, [MULTIFACTOR])
    w.settings = { ...SETTINGS, mfaMaximumAge: null }
    expect(await stolen()).toMatchObject({ ok: true })
    await w.policy(privilege, [{ ...MULTIFACTOR, proof: { maximumAge: 'PT5M', boundToRequest: false } }])
    expect(await shown({ acrs: [], at: w.now() - 6 * MINUTE })).toMatchObject({ ok: false })
  })

  it('a password alone opens no privileged role, whatever its rule asks for', async () => {
    const role = directoryRole()
    await w.policy(role, [NONE])
    await w.seed(idOf('engineer'), 'Eligibility', role)
    const ask = w.ask('selfActivate', 'Assignment', role, idOf('engineer'), { validationOnly: true })
    expect(await w.submit(w.as('engineer', { amr: ['pwd'] }), ask)).toMatchObject({ fault: { findings: [{ rule: 'MfaRule' }] } })
    expect(await w.submit(w.as('engineer', { amr: ['pwd', 'mfa'] }), ask)).toMatchObject({ ok: true })
  })
})

describe('a proof that is bound to its request', () => {
  const bound = (ask: Ask, session: string = randomUUID()) => ({ acrs: ['c1'], session, bound: bindingOf(ask) })
  beforeEach(() => w.policy(privilege, [NONE, { ...CONTEXT, proof: { maximumAge: null, boundToRequest: true } }]))

  it('is asked for by a challenge that names the request, which clients hand on unread', async () => {
    const refused = await shown({ session: randomUUID() })
    const claims = refused.ok ? '' : decodeURIComponent(refused.fault.words.replace('&claims=', ''))
    expect(JSON.parse(claims)).toEqual({
      access_token: { acrs: { essential: true, value: 'c1' }, stint_req: { essential: true, value: bindingOf(asking()) } },
    })
    expect(refused).toMatchObject({ fault: { findings: [{ claims }] } })
  })

  it.each([
    ['another length', { schedule: { start: null, type: 'AfterDuration' as const, duration: 'PT2H', end: null } }],
    ['another ticket', { ticketNumber: 'INC-2' }],
    ['another scope', { privilege: { ...privilege, scope: `${privilege.scope}/providers/microsoft.keyvault/vaults/kv` } }],
    ['another role', { privilege: { ...privilege, role: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' } }],
  ])('and does not do for %s', async (_, other) => {
    expect(wordsOf(await shown(bound(asking(other))))).toEqual([expect.stringContaining('not made for this request')])
    expect(await shown(bound(asking()))).toMatchObject({ ok: true })
  })

  it('nor without a sign-in to name, nor unbound', async () => {
    expect(await shown({ bound: bindingOf(asking()) })).toMatchObject({ ok: false })
    expect(await shown({ session: randomUUID() })).toMatchObject({ ok: false })
  })

  it('holds for the same request sent again with another start and other words', async () => {
    const again = {
      justification: 'in other words',
      schedule: { start: w.now() - 1, type: 'AfterDuration' as const, duration: 'PT1H', end: null },
    }
    expect(await shown(bound(asking()), null, again)).toMatchObject({ ok: true })
  })

  it('is used up by it: once, also when two send it at the same moment', async () => {
    const proof = bound(asking())
    const both = await Promise.all([w.submit(engineer(proof), asking()), w.submit(engineer(proof), asking())])
    expect(both.filter((r) => r.ok)).toHaveLength(1)
    w.pass(6 * MINUTE)
    expect(await endIt()).toMatchObject({ ok: true })
    const later = await w.submit(engineer(proof), asking())
    expect(later.ok ? [] : later.fault.findings.map((f) => f.words)).toEqual([expect.stringContaining('used for another request')])
    expect(await w.submit(engineer(bound(asking())), asking())).toMatchObject({ ok: true })
    w.pass(6 * MINUTE)
    await endIt()
  })
})

it('a proof that was good when it was shown is good when somebody approves a day later (D6)', async () => {
  define({ maximumAge: 5 * MINUTE, networks: ['10.0.0.0/8'] })
  await w.policy(privilege, [NONE, { ...CONTEXT, proof: { maximumAge: null, boundToRequest: true } }, approvalBy('lead')])
  const ask = asking()
  const proof = { acrs: ['c1'], session: randomUUID(), bound: bindingOf(ask) }
  const held = await w.submit(engineer(proof, '10.1.1.1'), ask)
  expect(held).toMatchObject({ ok: true, value: { request: { status: 'PendingApproval' } } })
  // Used up by the request that waits.
  expect(await w.submit(engineer(proof, '10.1.1.1'), asking())).toMatchObject({ ok: false })
  w.pass(DAY - HOUR)
  const id = held.ok ? held.value.request.id : ''
  const decided = await decideApproval(w.ctx, w.as('lead'), { approvalId: id, result: 'Approve', justification: 'yes' })
  expect(decided).toMatchObject({ ok: true })
  expect(JSON.stringify(decided)).toContain('Provisioned')
})
