// Accounts for emergencies attacked once more (issue 4): an old secret in a race with a new one, changes nobody would hear of.

import { beforeAll, describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { PLAIN_ASK } from '../../src/domain/request/request.ts'
import type { Result } from '../../src/domain/result.ts'
import { deliverAlarms } from '../../src/operations/deliver-alarms.ts'
import { deletePrincipal } from '../../src/operations/directory-delete.ts'
import { setManager, updateUser } from '../../src/operations/directory-users.ts'
import { addEmergency, removeEmergency, rotateEmergency } from '../../src/operations/emergency-access.ts'
import { signInSealed } from '../../src/operations/emergency-sign-in.ts'
import { makeEnrolment } from '../../src/operations/enrolment.ts'
import { revokeSignIns } from '../../src/operations/revoke-sign-ins.ts'
import { listSessions, revokeSession } from '../../src/operations/sessions.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { signInByPassword } from '../../src/operations/sign-in.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { directoryRole, idOf, makeWorld, type World } from '../support/world.ts'

const must = async <T>(result: Promise<Result<T>>): Promise<T> => {
  const done = await result
  if (!done.ok) throw new Error(done.fault.words)
  return done.value
}

let w: World
const sam = 'sam@contoso.com'
const living = async () =>
  (
    await w.db.query<{ n: number }>('select count(*)::int as n from sessions where principal_id = $1 and ended_at is null', [idOf('sam')])
  )[0]?.n
const around = {
  ...{ appId: null, agent: null, bound: null, correlationId: '00000000-0000-4000-8000-000000000001', address: '192.0.2.1', browser: null },
  wish: { contexts: [], methods: [] },
}

/** Starts `first`, then `second`, both waiting for rows that are held; lets them go in that order. */
async function inOrder<A, B>(sql: string, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const waiting = async (n: number) => {
    for (let i = 0; i < 200; i++) {
      const [row] = await w.db.lookups.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      if ((row?.n ?? 0) >= n) return
      await new Promise((done) => setTimeout(done, 25))
    }
    throw new Error(`nobody waits: ${n}`)
  }
  const both = await w.db.transaction(async (tx) => {
    await tx.query(sql, [idOf('sam')])
    const a = first()
    await waiting(1)
    const b = second()
    await waiting(2)
    return { a, b }
  })
  return Promise.all([both.a, both.b])
}

beforeAll(async () => {
  w = await makeWorld()
  // Somebody else who could still get in.
  await must(addEmergency(w.ctx, { upn: 'priya@contoso.com', assign: true }))
})

describe('an old secret', () => {
  it('that was judged a moment before the new one came opens nothing, on the machine', async () => {
    const { secret } = await must(addEmergency(w.ctx, { upn: sam, assign: true }))
    const [rotated, old] = await inOrder(
      'select 1 from sealed_secrets where principal_id = $1 for update',
      () => rotateEmergency(w.ctx, sam),
      () => signInSealed(w.ctx, { upn: sam, secret, by: 'sealedSecret' }),
    )
    expect(rotated.ok).toBe(true)
    expect(old).toMatchObject({ ok: false })
    expect(await living()).toBe(0)
    if (rotated.ok)
      expect(await signInSealed(w.ctx, { upn: sam, secret: rotated.value.secret, by: 'sealedSecret' })).toMatchObject({ ok: true })
  })

  it('nor on the page', async () => {
    const { secret } = await must(rotateEmergency(w.ctx, sam))
    const [rotated, old] = await inOrder(
      'select 1 from principals where id = $1 for update',
      () => rotateEmergency(w.ctx, sam),
      () => signInByPassword(w.ctx, 'here', { name: sam, password: secret }, around),
    )
    expect(rotated.ok).toBe(true)
    expect(old).toMatchObject({ ok: false })
    expect(await living()).toBe(0)
  })

  it('nor where the account is made an ordinary one, or disabled, meanwhile', async () => {
    for (const [end, back] of [
      [() => removeEmergency(w.ctx, sam), () => addEmergency(w.ctx, { upn: sam, assign: true })],
      [
        () => setPrincipalEnabled(w.ctx, w.as('admin'), idOf('sam'), false),
        () => setPrincipalEnabled(w.ctx, w.as('admin'), idOf('sam'), true),
      ],
    ] as const) {
      const { secret } = await must(rotateEmergency(w.ctx, sam))
      const [ended, old] = await inOrder(
        'select 1 from principals p, sealed_secrets x where p.id = $1 and x.principal_id = p.id for update',
        () => end() as Promise<Result<unknown>>,
        () => signInSealed(w.ctx, { upn: sam, secret, by: 'sealedSecret' }),
      )
      expect(ended.ok).toBe(true)
      expect(old).toMatchObject({ ok: false })
      expect(await living()).toBe(0)
      expect(await back()).toMatchObject({ ok: true })
    }
  })
})

describe('whatever is done to one', () => {
  const heard = async () => {
    await deliverAlarms(w.ctx)
    const [row] = await w.db.query<{ n: number }>(
      `select count(*)::int as n from messages where kind = 'EmergencyAccess' and principal_id = $1`,
      [idOf('admin')],
    )
    return row?.n ?? 0
  }
  const id = idOf('sam')
  const strong = () => {
    const call = w.as('admin')
    return { ...call, actor: { ...call.actor, proof: { amr: ['fido', 'mfa'], acrs: [], at: w.now() } } } as typeof call
  }

  it('every administrator hears of it, whichever verb it was done by', async () => {
    const unheard: string[] = []
    const role = { ...PLAIN_ASK, privilege: directoryRole(), level: 'Assignment' as const, principalId: id }
    const verbs: Record<string, () => Promise<Result<unknown>>> = {
      rename: () => updateUser(w.ctx, strong(), id, { displayName: 'Sam the ordinary', attributes: {} }),
      address: () => updateUser(w.ctx, strong(), id, { upn: 'sam2@contoso.com', attributes: {} }),
      'address back': () => updateUser(w.ctx, strong(), id, { upn: sam, attributes: {} }),
      manager: () => setManager(w.ctx, strong(), id, idOf('admin')),
      enrolment: () => makeEnrolment(w.ctx, strong(), id, 3_600_000),
      'all sign-ins': () => revokeSignIns(w.ctx, strong(), id),
      disable: () => setPrincipalEnabled(w.ctx, strong(), id, false),
      enable: () => setPrincipalEnabled(w.ctx, strong(), id, true),
      'another role': () =>
        submitRequest(w.ctx, strong(), {
          ...role,
          action: 'adminAssign',
          justification: 'x',
          schedule: { start: null, type: 'NoExpiration', duration: null, end: null },
        }),
      'its role taken': () =>
        submitRequest(w.ctx, strong(), {
          ...role,
          privilege: directoryRole(GLOBAL_ADMINISTRATOR),
          action: 'adminRemove',
          justification: 'x',
          schedule: null,
        }),
      delete: () => deletePrincipal(w.ctx, strong(), 'user', id),
    }
    for (const [name, verb] of Object.entries(verbs)) {
      w.pass(600_000)
      const before = await heard()
      const done = await verb()
      if (!done.ok) throw new Error(`${name}: ${done.fault.words}`)
      if ((await heard()) === before) unheard.push(name)
    }
    expect(unheard).toEqual([])
  })

  it('one of its sign-ins ended by somebody else is heard of', async () => {
    const { secret } = await must(addEmergency(w.ctx, { upn: 'admin@contoso.com', assign: false }))
    const signed = await must(signInSealed(w.ctx, { upn: 'admin@contoso.com', secret, by: 'sealedSecret' }))
    const before = await heard()
    expect(await listSessions(w.ctx, w.as('admin'), idOf('admin'))).toMatchObject({ ok: true })
    await must(revokeSession(w.ctx, w.as('admin'), idOf('admin'), signed.session))
    expect(await heard()).toBeGreaterThan(before)
  })
})
