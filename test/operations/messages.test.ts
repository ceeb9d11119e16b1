// Who is told what on each plane, and by whose settings (behaviour 5).

import { describe, expect, it } from 'vitest'
import { PRIVILEGED_ROLE_ADMINISTRATOR, SECURITY_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { Level, Privilege } from '../../src/domain/privilege.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { assignOutside, removeOutside } from '../../src/operations/outside.ts'
import { addRoles } from '../../src/store/directory-rows.ts'
import { inbox, must } from '../support/inbox.ts'
import {
  approvalBy,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  type Name,
  OWNER,
  PLANE_CASES,
  resourceRole,
  SUBSCRIPTION,
  WEEK,
  type World,
} from '../support/world.ts'

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

  it('an assignment past the front door is told to its holder and to administrators', async () => {
    const o = { privilege, principalId: idOf('manager'), name: null, condition: null, conditionVersion: null, description: null }
    await must(assignOutside(w.ctx, w.as('admin'), o))
    expect(await told()).toEqual(all(to('AssignedOutside', 'manager', ...admins)))
    await must(removeOutside(w.ctx, w.as('admin'), { ...o, scheduleId: null }))
    expect(await told()).toEqual(to('AssignmentEnded', 'manager'))
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
