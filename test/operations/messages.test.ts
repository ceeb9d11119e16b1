// Who is told what: per plane, by whose settings, once, and never what they must not see (behaviour 5; L8).

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PRIVILEGED_ROLE_ADMINISTRATOR, SECURITY_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { Level, Privilege } from '../../src/domain/privilege.ts'
import { DAY, formatInstant, HOUR, MINUTE } from '../../src/domain/time.ts'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { deliverMessages } from '../../src/operations/deliver-messages.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { addPrincipals, addRoles } from '../../src/store/directory-rows.ts'
import {
  APPROVERS,
  approvalBy,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  type Name,
  OPERATORS,
  OWNER,
  PEOPLE,
  PLANE_CASES,
  RG,
  resourceRole,
  SUBSCRIPTION,
  TEAM,
  WEEK,
  type World,
} from '../support/world.ts'

const nameOf = (id: string) => Object.entries(PEOPLE).find(([, p]) => p.id === id)?.[0] ?? id

interface Row {
  who: string
  kind: string
  words: string
}

/** Everybody's new messages, as `who kind`, and the words of each. */
function inbox(w: World) {
  const read = new Set<string>()
  const fresh = async (): Promise<Row[]> => {
    while ((await deliverMessages(w.ctx)) > 0);
    const rows = await w.db.query<{ id: string; principal_id: string; kind: string; words: string }>('select * from messages order by kind')
    const unread = rows.filter((r) => !read.has(r.id))
    for (const row of unread) read.add(row.id)
    return unread.map((r) => ({ who: nameOf(r.principal_id), kind: r.kind, words: r.words }))
  }
  return { fresh, told: async () => (await fresh()).map((r) => `${r.who} ${r.kind}`).sort() }
}

const notify = (who: 'Admin' | 'Requestor' | 'Approver', caller: string, level: Level, more: object) => ({
  kind: 'Notification',
  id: `Notification_${who}_${caller}_${level}`,
  caller,
  level,
  recipientType: who,
  notificationLevel: 'All',
  isDefaultRecipientsEnabled: true,
  notificationRecipients: [],
  ...more,
})

const must = async <T extends { ok: boolean }>(work: Promise<T>) => {
  const done = await work
  expect(done).toMatchObject({ ok: true })
  return done as Extract<T, { ok: true }>
}

/** Standing administrators of each plane, beside `admin`: auditor is told, and priya would be if she had activated. */
async function standing(w: World, p: Privilege): Promise<void> {
  const roles: Readonly<Record<string, Privilege>> = {
    directory: directoryRole(SECURITY_ADMINISTRATOR),
    resource: resourceRole(SUBSCRIPTION, OWNER),
    group: groupRole(p.scope, 'owner'),
  }
  await w.seed(idOf('auditor'), 'Assignment', roles[p.plane] as Privilege)
  // Not told on the directory plane, where only the active count; told on the resource plane; on the group plane only standing owners.
  await w.seed(
    idOf('priya'),
    'Eligibility',
    p.plane === 'directory' ? directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR) : (roles[p.plane] as Privilege),
  )
}

const ADMINS: Readonly<Record<string, readonly Name[]>> = {
  directory: ['admin', 'auditor'],
  resource: ['admin', 'auditor', 'priya'],
  group: ['auditor'],
}

describe.each(PLANE_CASES)('on the %s plane', async (plane, privilege) => {
  const w = await makeWorld()
  await addRoles(w.db, [
    { plane: 'directory', id: SECURITY_ADMINISTRATOR, name: 'Security Administrator', builtIn: true, privileged: true },
  ])
  await standing(w, privilege)
  const { fresh, told } = inbox(w)
  const me = idOf('engineer')
  const activate = async () => (await must(w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me)))).value.request.id
  const to = (kind: string, ...names: readonly Name[]) => names.map((name) => `${name} ${kind}`)
  const all = (...lists: readonly string[][]) => lists.flat().sort()
  const admins = (ADMINS[plane] ?? []) as Name[]
  const decide = (id: string, result: 'Approve' | 'Deny') =>
    must(decideApproval(w.ctx, w.as('lead'), { approvalId: id, result, justification: 'rota says so' }))

  it('an assignment, eligible or active, is told to its holder and to administrators', async () => {
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, me, { schedule: WEEK, ticketNumber: 'INC-1' })))
    const rows = await fresh()
    expect(rows.map((r) => `${r.who} ${r.kind}`).sort()).toEqual(all(to('EligibleAssigned', 'engineer', ...admins)))
    const words = rows.find((r) => r.who === 'engineer')?.words ?? ''
    expect(words).toMatch(
      /^You were made eligible for .+ by admin, from 2031-02-03 09:00Z until 2031-02-10 09:00Z\. Justification: because\. Ticket: INC-1\.$/,
    )
    await must(w.submit(w.as('admin'), w.ask('adminAssign', 'Assignment', privilege, idOf('sam'))))
    expect(await told()).toEqual(all(to('ActiveAssigned', 'sam', ...admins)))
  })

  it('an activation without approval is told to its holder and to administrators, its end to the holder', async () => {
    await activate()
    expect(await told()).toEqual(all(to('Activated', 'engineer', ...admins)))
    w.pass(HOUR)
    await w.settle()
    expect(await told()).toEqual(all(to('ActivationExpired', 'engineer'), to('AssignmentExpired', 'sam', ...admins)))
    await activate()
    w.pass(MINUTE)
    await told()
    await must(w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me, { schedule: null })))
    expect(await told()).toEqual(to('Deactivated', 'engineer'))
  })

  it('an activation that waits is told to its approvers alone, and what becomes of it to both sides', async () => {
    await w.policy(privilege, [approvalBy('group')])
    const asked = await activate()
    const rows = await fresh()
    expect(rows.map((r) => `${r.who} ${r.kind}`).sort()).toEqual(all(to('ActivationRequested', 'lead', 'manager')))
    expect(rows[0]?.words).toContain(`decide on request ${asked}. Justification: because.`)
    await decide(asked, 'Deny')
    const denied = await fresh()
    expect(denied.map((r) => `${r.who} ${r.kind}`).sort()).toEqual(all(to('ActivationDenied', 'engineer', 'lead', 'manager')))
    expect(denied.find((r) => r.who === 'engineer')?.words).toMatch(/was denied by lead\. Reason: rota says so\.$/)

    const again = await activate()
    await told()
    await decide(again, 'Approve')
    expect(await told()).toEqual(all(to('ActivationApproved', 'engineer', 'lead', 'manager'), to('Activated', 'engineer', ...admins)))
    w.pass(MINUTE)
    await must(w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me, { schedule: null })))
    await told()
  })

  it('a request that is withdrawn or lapses is told to both sides', async () => {
    const withdrawn = await activate()
    await told()
    await must(cancelRequest(w.ctx, w.as('engineer'), withdrawn))
    expect(await told()).toEqual(all(to('RequestCanceled', 'engineer', 'lead', 'manager')))
    await activate()
    await told()
    w.pass(DAY)
    await w.settle()
    expect(await told()).toEqual(all(to('RequestTimedOut', 'engineer', 'lead', 'manager')))
  })

  it('AP10: nobody is asked to decide what was decided before they were told', async () => {
    await decide(await activate(), 'Deny')
    expect(await told()).toEqual(all(to('ActivationDenied', 'engineer', 'lead', 'manager')))
    const lapsing = await activate()
    w.pass(DAY)
    expect(await told()).toEqual([])
    await w.settle()
    await told()
    expect(await w.db.query('select 1 from requests where id = $1 and status = $2', [lapsing, 'TimedOut'])).toHaveLength(1)
  })

  it('5.3: levels and switches decide', async () => {
    const silent = { isDefaultRecipientsEnabled: false }
    const critical = { notificationLevel: 'Critical' }
    await w.policy(privilege, [
      approvalBy('group'),
      notify('Requestor', 'EndUser', 'Assignment', { notificationLevel: 'None' }),
      notify('Approver', 'EndUser', 'Assignment', critical),
      notify('Admin', 'EndUser', 'Assignment', { ...silent, notificationRecipients: ['soc@contoso.com'] }),
    ])
    const asked = await activate()
    expect(await told()).toEqual(all(to('ActivationRequested', 'lead', 'manager')))
    await decide(asked, 'Approve')
    expect(await told()).toEqual([])
    expect(await w.db.query(`select 1 from outbox where topic = 'message'`)).toEqual([])
  })
})

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
