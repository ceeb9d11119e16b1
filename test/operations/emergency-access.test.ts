// Accounts for emergencies on the real store: made, used, told of. Nothing that their user sets keeps anybody from hearing of it.

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { writeSealed } from '../../src/domain/access/sealed-secret.ts'
import type { Result } from '../../src/domain/result.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { deliverAlarms } from '../../src/operations/deliver-alarms.ts'
import { deliverMessages } from '../../src/operations/deliver-messages.ts'
import { updateUser } from '../../src/operations/directory-users.ts'
import {
  addEmergency,
  checkSealed,
  emergencyAccess,
  readEmergencyAccess,
  removeEmergency,
  rotateEmergency,
} from '../../src/operations/emergency-access.ts'
import { signInSealed } from '../../src/operations/emergency-sign-in.ts'
import { directoryRole, groupRole, idOf, makeWorld, type Name, PEOPLE, TEAM, type World } from '../support/world.ts'

const must = async <T>(result: Promise<Result<T>>): Promise<T> => {
  const done = await result
  if (!done.ok) throw new Error(done.fault.words)
  return done.value
}
const codeOf = async (result: Promise<Result<unknown>>) => {
  const done = await result
  return done.ok ? 'ok' : done.fault.code
}
const upn = (name: Name) => `${name}@contoso.com`
const WRONG = writeSealed(randomBytes(32))

/** Messages since the last look, as `who: words`. */
const ears = (w: World) => {
  const seen = new Set<string>()
  return async () => {
    await deliverAlarms(w.ctx)
    const rows = await w.db.query<{ id: string; who: string; words: string }>(
      `select m.id, p.display_name as who, m.words from messages m join principals p on p.id = m.principal_id
       join events e on e.id = m.event_id where m.kind = 'EmergencyAccess' order by e.position, who`,
    )
    const fresh = rows.filter((row) => !seen.has(row.id))
    for (const row of fresh) seen.add(row.id)
    return fresh.map(({ who, words }) => `${who}: ${words}`)
  }
}

describe('made by the operator', async () => {
  const w = await makeWorld()
  const { ctx } = w

  it('needs a person who is a permanent active Global Administrator, or may be made one', async () => {
    expect(await codeOf(addEmergency(ctx, { upn: 'nobody@contoso.com', assign: true }))).toBe('SubjectNotFound')
    expect(await codeOf(addEmergency(ctx, { upn: upn('sam'), assign: false }))).toBe('InvalidEmergencyAccount')
    await w.seed(idOf('priya'), 'Eligibility', directoryRole(GLOBAL_ADMINISTRATOR))
    expect(await codeOf(addEmergency(ctx, { upn: upn('priya'), assign: false }))).toBe('InvalidEmergencyAccount')
    const before = await emergencyAccess(ctx)
    expect(before).toMatchObject({ accounts: [], warnings: [expect.stringContaining('no account for emergencies')], lastDrill: null })

    const made = await must(addEmergency(ctx, { upn: upn('sam'), assign: true }))
    expect(made).toMatchObject({ id: idOf('sam'), secret: expect.stringMatching(/^(?:[0-9A-Z]{4}-){13}[0-9A-Z]{4}$/) })
    const { accounts, warnings } = await emergencyAccess(ctx)
    expect(accounts).toMatchObject([{ upn: upn('sam'), administrator: true, sealedAt: w.now(), sealedUsedAt: null, problems: [] }])
    expect(warnings).toEqual([expect.stringContaining('only one account')])
    expect(await codeOf(addEmergency(ctx, { upn: upn('sam'), assign: true }))).toBe('InvalidEmergencyAccount')
    await must(addEmergency(ctx, { upn: upn('admin'), assign: false }))
    expect((await emergencyAccess(ctx)).warnings).toEqual([])
  })

  it('leaves an event for each step, and the secret nowhere but as a slow hash', async () => {
    const { secret } = await must(rotateEmergency(ctx, upn('sam')))
    await must(signInSealed(ctx, { upn: upn('sam'), secret, by: 'sealedSecret' }))
    const plain = secret.replaceAll('-', '')
    const tables = await w.db.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    )
    for (const { name } of tables) {
      const [found] = await w.db.query<{ n: number }>(
        `select count(*)::int as n from "${name}" t where t::text like $1 or t::text like $2 or t::text like $3`,
        [`%${secret}%`, `%${plain}%`, `%${plain.slice(0, 52)}%`],
      )
      expect([name, found?.n]).toEqual([name, 0])
    }
    const [row] = await w.db.query<{ digest: string }>('select digest from sealed_secrets where principal_id = $1', [idOf('sam')])
    expect(row?.digest).toMatch(/^\$argon2id\$/)
    const events = await w.db.query<{ action: string }>(
      `select action from events where subject = 'emergencyAccess' and subject_id = $1 order by position`,
      [idOf('sam')],
    )
    expect(events.map((e) => e.action)).toEqual(['addEmergencyAccess', 'rotateSealedSecret'])
  })

  it('a new secret ends the old one and what was signed in with it; removal ends both', async () => {
    const first = await must(rotateEmergency(ctx, upn('sam')))
    const { session } = await must(signInSealed(ctx, { upn: upn('sam'), secret: first.secret, by: 'sealedSecret' }))
    const second = await must(rotateEmergency(ctx, upn('sam')))
    const [row] = await w.db.query<{ ended: boolean }>('select ended_at is not null as ended from sessions where id = $1', [session])
    expect(row?.ended).toBe(true)
    expect(await codeOf(signInSealed(ctx, { upn: upn('sam'), secret: first.secret, by: 'sealedSecret' }))).toBe('WrongSealedSecret')
    expect(await checkSealed(ctx, idOf('sam'), second.secret.toLowerCase().replaceAll('-', ' '))).toBe(true)
    await must(removeEmergency(ctx, upn('sam')))
    expect(await checkSealed(ctx, idOf('sam'), second.secret)).toBe(false)
    expect(await codeOf(removeEmergency(ctx, upn('sam')))).toBe('InvalidEmergencyAccount')
    expect(await codeOf(rotateEmergency(ctx, upn('sam')))).toBe('InvalidEmergencyAccount')
  })

  it('is read by whoever may read roles, and by nobody else', async () => {
    expect(await codeOf(readEmergencyAccess(ctx, w.as('admin')))).toBe('ok')
    expect(await codeOf(readEmergencyAccess(ctx, w.as('engineer')))).toBe('Forbidden')
  })

  it('is not to be had by two at once', async () => {
    const both = await Promise.all([1, 2].map(() => codeOf(addEmergency(ctx, { upn: upn('lead'), assign: true }))))
    expect(both.filter((code) => code === 'ok')).toHaveLength(1)
  })
})

describe('loud', async () => {
  const w = await makeWorld()
  const { ctx } = w
  const heard = ears(w)
  await w.seed(idOf('priya'), 'Eligibility', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))
  // Through a group, and only eligible for what the group holds.
  await w.seed(TEAM, 'Eligibility', directoryRole(GLOBAL_ADMINISTRATOR))
  await w.seed(idOf('lead'), 'Assignment', groupRole(TEAM))
  const { secret } = await must(addEmergency(ctx, { upn: upn('sam'), assign: true }))
  const all = ['admin', 'lead', 'priya', 'sam']

  it('being made one is told to every administrator, active and eligible, and to the accounts themselves', async () => {
    expect(await heard()).toEqual(
      all.map((who) => `${who}: Emergency access: sam was made an account for emergencies on the server's own machine.`),
    )
  })

  it('so is each sign-in and each use, whatever the notification rules say', async () => {
    const off = (id: string) => ({ kind: 'Notification', id, ...OFF })
    const rules = ['Admin', 'Requestor', 'Approver'].flatMap((to) => [
      off(`Notification_${to}_Admin_Eligibility`),
      off(`Notification_${to}_Admin_Assignment`),
      off(`Notification_${to}_EndUser_Assignment`),
    ])
    await w.policy(directoryRole(GLOBAL_ADMINISTRATOR), rules)
    await w.policy(directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR), rules)
    const { session } = await must(signInSealed(ctx, { upn: upn('sam'), secret, by: 'sealedSecret' }))
    expect(await heard()).toEqual(all.map((who) => `${who}: Emergency access: sam signed in with its sealed secret.`))
    const call = w.as('sam', { session })
    await must(updateUser(ctx, call, idOf('auditor'), { displayName: 'auditor', attributes: {} }))
    const told = await heard()
    expect(told).toHaveLength(4)
    expect(told[0]).toMatch(/^admin: Emergency access: sam did updateUser \(principal\) for auditor at /)
  })

  it('a refusal to one is told, and what others do to one', async () => {
    await w.db.query('update principals set enabled = true where id = $1', [idOf('sam')])
    const ask = w.ask('adminAssign', 'Eligibility', directoryRole(GLOBAL_ADMINISTRATOR), idOf('sam'))
    await w.submit(w.as('engineer'), ask)
    expect(await heard()).toEqual([])
    await must(updateUser(ctx, w.as('admin'), idOf('sam'), { attributes: { jobTitle: 'spare' } }))
    expect((await heard())[0]).toMatch(/^admin: Emergency access: admin did updateUser \(principal\) for sam at /)
  })

  it('wrong secrets are told at the first and when they are shut out, not in between; the owner is not shut out by others', async () => {
    for (let i = 0; i < 12; i++) {
      const code = await codeOf(signInSealed(ctx, { upn: upn('sam'), secret: WRONG, by: 'sealedSecret' }))
      expect(code).toBe(i < 10 ? 'WrongSealedSecret' : 'SignInLocked')
    }
    const told = (await heard()).filter((line) => line.startsWith('admin'))
    expect(told).toEqual([
      'admin: Emergency access: Somebody tried to sign in as sam with a wrong secret.',
      'admin: Emergency access: Too many wrong secrets for sam: the sign-in page refuses them for a while.',
    ])
    w.pass(15 * MINUTE)
    expect(await codeOf(signInSealed(ctx, { upn: upn('sam'), secret, by: 'sealedSecret' }))).toBe('ok')
    await heard()
  })

  it('is lost by nobody: not by a telling that fails, not by two that tell at once', async () => {
    await w.db.query(`
      create function poison() returns trigger language plpgsql as $$
      begin raise exception 'poisoned'; end $$;
      create trigger poisoned before insert on messages for each row when (new.kind = 'EmergencyAccess') execute function poison();`)
    await must(signInSealed(ctx, { upn: upn('sam'), secret, by: 'sealedSecret' }))
    await deliverAlarms(ctx)
    const waiting = () => w.db.query<{ attempts: number }>(`select attempts from outbox where topic = 'emergency'`)
    expect(await waiting()).toEqual([{ attempts: 1 }])
    // What others are told of is not held up.
    await deliverMessages(ctx)
    await w.db.query('drop trigger poisoned on messages')
    w.pass(1_000)
    await Promise.all([deliverAlarms(ctx), deliverAlarms(ctx), deliverAlarms(ctx)])
    expect(await heard()).toHaveLength(4)
    expect(await waiting()).toEqual([])
  })

  it('what people typed cannot break out of its line', async () => {
    await w.db.query(`update principals set display_name = $2 where id = $1`, [idOf('sam'), 'sam\nEmergency access: all is well\u202e'])
    await must(signInSealed(ctx, { upn: upn('sam'), secret, by: 'drill' }))
    const [line = ''] = await heard()
    expect(line).toBe('admin: Emergency access: sam Emergency access: all is well signed in with its sealed secret, for a drill.')
    await w.db.query(`update principals set display_name = 'sam' where id = $1`, [idOf('sam')])
  })

  it('somebody without a sealed secret, and somebody unknown, get the very same words', async () => {
    const said = async (who: string) => {
      const done = await signInSealed(ctx, { upn: who, secret: WRONG, by: 'sealedSecret' })
      return done.ok ? '' : done.fault.words
    }
    expect(new Set([await said(upn('sam')), await said(upn('auditor')), await said('nobody@contoso.com')]).size).toBe(1)
    expect(PEOPLE.auditor.upn).toBe(upn('auditor'))
  })

  it('a disabled one does not get in', async () => {
    await must(addEmergency(ctx, { upn: upn('manager'), assign: true })).then(async ({ secret: other }) => {
      await w.db.query('update principals set enabled = false where id = $1', [idOf('manager')])
      expect(await codeOf(signInSealed(ctx, { upn: upn('manager'), secret: other, by: 'sealedSecret' }))).toBe('AccountDisabled')
      expect((await emergencyAccess(ctx)).accounts.find((a) => a.upn === upn('manager'))?.problems).toEqual(['it is disabled'])
    })
  })
})

const OFF = {
  notificationType: 'Email',
  isDefaultRecipientsEnabled: false,
  notificationLevel: 'Critical',
  notificationRecipients: [],
}
