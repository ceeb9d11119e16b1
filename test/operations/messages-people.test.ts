// Messages reach the right people and nobody else, once, and in spite of failures (behaviour 5.1; L8).

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { formatInstant } from '../../src/domain/time.ts'
import { deliverMessages } from '../../src/operations/deliver-messages.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { addPrincipals } from '../../src/store/directory-rows.ts'
import { inbox, must } from '../support/inbox.ts'
import {
  APPROVERS,
  approvalBy,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  type Name,
  OPERATORS,
  RG,
  resourceRole,
  TEAM,
  WEEK,
  type World,
} from '../support/world.ts'

describe('the right people and nobody else', async () => {
  const w = await makeWorld()
  const { fresh, told } = inbox(w)
  const member = (who: Name, more: Parameters<World['seed']>[3] = {}) => w.seed(idOf(who), 'Assignment', groupRole(APPROVERS), more)
  const eligible = (who: Name) =>
    must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', resourceRole(), idOf(who), { schedule: WEEK })))
  const activate = (who: Name) => must(w.submit(w.as(who), w.ask('selfActivate', 'Assignment', resourceRole(), idOf(who))))

  it('an approver group counts as its active, enabled members do now; not the eligible, not those who left, not the requestor', async () => {
    await w.policy(resourceRole(), [approvalBy('group')])
    await w.seed(idOf('priya'), 'Eligibility', groupRole(APPROVERS))
    await member('auditor', { end: w.now() - 1 })
    await member('engineer')
    await w.seed(TEAM, 'Assignment', groupRole(APPROVERS))
    await w.seed(idOf('sam'), 'Assignment', groupRole(TEAM))
    await must(setPrincipalEnabled(w.ctx, w.as('admin'), idOf('manager'), false))
    await eligible('engineer')
    await told()
    await activate('engineer')
    expect(await told()).toEqual(['lead ActivationRequested', 'sam ActivationRequested'])
  })

  it('an activated membership counts while its eligibility stands', async () => {
    const id = await w.seed(idOf('auditor'), 'Eligibility', groupRole(OPERATORS))
    await w.policy(groupRole(OPERATORS), [])
    await must(w.submit(w.as('auditor'), w.ask('selfActivate', 'Assignment', groupRole(OPERATORS), idOf('auditor'))))
    await told()
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Assignment', resourceRole(), OPERATORS)))
    expect((await fresh()).filter((r) => r.who === 'auditor')).toMatchObject([
      { kind: 'ActiveAssigned', words: expect.stringContaining('through pag-payments-operators') },
    ])
    // The eligibility goes past the front door: access ends with it at once, and so does what is told.
    await w.db.query('update schedules set ends_at = $2 where id = $1', [id, formatInstant(w.now())])
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', resourceRole(), OPERATORS, { schedule: WEEK })))
    expect((await told()).filter((t) => t.startsWith('auditor'))).toEqual([])
  })

  it('4.2: where nobody is named, Privileged Role Administrators are asked, and Global Administrators are not', async () => {
    const p = directoryRole()
    await w.seed(idOf('priya'), 'Assignment', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))
    const rule = approvalBy() as { kind: string }
    await w.policy(p, [rule])
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', p, idOf('engineer'), { schedule: WEEK })))
    await told()
    await must(w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', p, idOf('engineer'))))
    expect(await told()).toEqual(['priya ActivationRequested'])
  })

  it('what people typed stays on one line and cannot turn the text', async () => {
    const p = groupRole(TEAM)
    const justification = 'fine\n\u001b[31mYou were approved\u202eby admin'
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', p, idOf('sam'), { schedule: WEEK, justification })))
    const [row] = await fresh()
    expect(row?.words).toMatch(/Justification: fine \[31mYou were approved by admin\.$/)
  })

  it('N2: at most a thousand are told of one event', async () => {
    const crowd = Array.from({ length: 1_100 }, (_, i) => ({
      id: randomUUID(),
      kind: 'user' as const,
      displayName: `p${i}`,
      upn: `p${i}@contoso.com`,
    }))
    await addPrincipals(w.db, crowd, w.now())
    await Promise.all(crowd.map((p) => w.seed(p.id, 'Assignment', groupRole(TEAM))))
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', resourceRole(RG), TEAM, { schedule: WEEK })))
    expect(await told()).toHaveLength(1_000)
  }, 60_000)
})

describe('once, and in spite of failures', async () => {
  const w = await makeWorld()
  const { told } = inbox(w)
  const give = (who: Name) => must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', groupRole(), idOf(who), { schedule: WEEK })))
  const waiting = () =>
    w.db.query<{ attempts: number; last_error: string }>(`select attempts, last_error from outbox where topic = 'message'`)

  it('an event posted twice is told once, also by workers that race', async () => {
    await give('engineer')
    await w.db.query(`insert into outbox (topic, event_id, due_at) select topic, event_id, due_at from outbox where topic = 'message'`)
    await Promise.all([deliverMessages(w.ctx), deliverMessages(w.ctx), deliverMessages(w.ctx)])
    expect(await told()).toEqual(['engineer EligibleAssigned'])
    expect(await waiting()).toEqual([])
  })

  it('one that cannot be told holds up none of the others, waits longer each time, and is told in the end', async () => {
    await w.db.query(`
      create function poison() returns trigger language plpgsql as $$
      begin if new.principal_id = '${idOf('sam')}' then raise exception 'poisoned'; end if; return new; end $$;
      create trigger poisoned before insert on messages for each row execute function poison();`)
    for (const who of ['priya', 'sam', 'lead'] as const) await give(who)
    const failures: { attempts: number; reason: string }[] = []
    await deliverMessages(w.ctx, (failure) => failures.push(failure))
    expect(failures).toMatchObject([{ attempts: 1, reason: 'poisoned' }])
    expect(await told()).toEqual(['lead EligibleAssigned', 'priya EligibleAssigned'])
    expect(await waiting()).toEqual([{ attempts: 1, last_error: 'poisoned' }])
    w.pass(5_000)
    await give('manager')
    expect(await told()).toEqual(['manager EligibleAssigned'])
    expect(await waiting()).toMatchObject([{ attempts: 2 }])
    w.pass(9_999)
    expect(await told()).toEqual([])
    await w.db.query('drop trigger poisoned on messages')
    w.pass(1)
    expect(await told()).toEqual(['sam EligibleAssigned'])
    expect(await waiting()).toEqual([])
  })

  it('L8: with no inbox at all the engine goes on, and everything is told afterwards', async () => {
    await w.db.query('alter table messages rename to gone')
    await must(w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer'))))
    await deliverMessages(w.ctx)
    expect(await waiting()).toHaveLength(1)
    await w.db.query('alter table gone rename to messages')
    w.pass(5_000)
    expect(await told()).toEqual(['engineer Activated'])
  })
})
