// Policies: read, change, reset, on all three planes (behaviour 3.1–3.7; D14, D25).

import { describe, expect, it } from 'vitest'
import type { RuleEdit } from '../../src/domain/policy/edit.ts'
import { listPolicies, readPolicy } from '../../src/operations/read-policy.ts'
import { resetPolicy, updatePolicy } from '../../src/operations/update-policy.ts'
import { APPROVERS, CONTRIBUTOR, idOf, makeWorld, PLANE_CASES, RG, resourceRole } from '../support/world.ts'

const edit = (id: string, fields: RuleEdit['fields'], more: Partial<RuleEdit> = {}): RuleEdit => ({
  id,
  kind: null,
  target: null,
  fields,
  ...more,
})
const SHORTER = edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT2H' })
const group = (id: string) => ({ kind: 'group' as const, id, isBackup: false, description: null })

describe.each(PLANE_CASES)('the policy of a privilege on the %s plane', async (plane, privilege) => {
  const w = await makeWorld()

  it('P1, P2, P4 is there from the start, with its 17 default rules', async () => {
    const read = await readPolicy(w.ctx, w.as('admin'), privilege)
    expect(read).toMatchObject({ ok: true, value: { isOrganizationDefault: true, modifiedBy: null } })
    expect(read.ok && read.value.rules.size).toBe(17)
  })

  it('3.6 is not for everybody to read or change, and a refused change is recorded', async () => {
    expect(await readPolicy(w.ctx, w.as('engineer'), privilege)).toMatchObject({ fault: { code: 'Forbidden' } })
    expect(await updatePolicy(w.ctx, w.as('engineer'), privilege, [SHORTER])).toMatchObject({ fault: { code: 'Forbidden' } })
    const [event] = await w.db.query('select kind, actor_id, data from events order by position desc limit 1')
    expect(event).toMatchObject({ kind: 'refusal', actor_id: idOf('engineer'), data: { code: 'Forbidden' } })
  })

  it('3.6 may be read by whoever can activate under it', async () => {
    await w.seed(idOf('sam'), 'Eligibility', privilege)
    expect(await readPolicy(w.ctx, w.as('sam'), privilege)).toMatchObject({ ok: true })
  })

  it('P4, 3.7 keeps a change, says who made it, and records each changed value once', async () => {
    const done = await updatePolicy(w.ctx, w.as('admin'), privilege, [SHORTER])
    expect(done).toMatchObject({ ok: true, value: { isOrganizationDefault: false, modifiedBy: { id: idOf('admin') } } })
    const rows = await w.db.query(`select subject, data from events where kind = 'change'`)
    expect(rows).toEqual([{ subject: 'policy', data: { 'Expiration_EndUser_Assignment.maximumDuration': '"PT8H" -> "PT2H"' } }])
    expect(done.ok && done.value.rules.get('Expiration_EndUser_Assignment')).toMatchObject({ maximumDuration: 'PT2H' })
  })

  it('3.7 rule 2 wants approvers where there are no default ones', async () => {
    const asked = edit('Approval_EndUser_Assignment', { setting: { isApprovalRequired: true } })
    const done = await updatePolicy(w.ctx, w.as('admin'), privilege, [asked])
    expect(done.ok ? 'ok' : done.fault.code).toBe(plane === 'directory' ? 'ok' : 'InvalidPolicy')
    const named = edit('Approval_EndUser_Assignment', {
      setting: { isApprovalRequired: true, approvalStages: [{ primaryApprovers: [group(APPROVERS)] }] },
    })
    expect(await updatePolicy(w.ctx, w.as('admin'), privilege, [named])).toMatchObject({ ok: true })
  })

  it('D25 never requires multifactor and a context together', async () => {
    const mfa = edit('Enablement_EndUser_Assignment', { enabledRules: ['multifactorauthentication'] })
    const context = edit('AuthenticationContext_EndUser_Assignment', { isEnabled: true, claimValue: 'c1' })
    expect(await updatePolicy(w.ctx, w.as('admin'), privilege, [mfa, context])).toMatchObject({ fault: { code: 'MfaAndAcrsConflict' } })
    const none = edit('Enablement_EndUser_Assignment', { enabledRules: [] })
    expect(await updatePolicy(w.ctx, w.as('admin'), privilege, [none, context])).toMatchObject({ ok: true })
  })

  it.each([
    ['an unknown rule', edit('Expiration_Nobody', {}), 'ResourceNotFound'],
    ['a rule of another kind', edit('Expiration_EndUser_Assignment', {}, { kind: 'Approval' }), 'InvalidPolicy'],
    ['another target', edit('Expiration_EndUser_Assignment', {}, { target: { caller: 'Admin', level: null } }), 'InvalidPolicy'],
    ['an activation over a day', edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT25H' }), 'InvalidPolicy'],
    ['an activation off the quarter hours', edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT40M' }), 'InvalidPolicy'],
    ['an activation without an end', edit('Expiration_EndUser_Assignment', { isExpirationRequired: false }), 'InvalidPolicy'],
    ['an assignment over a year', edit('Expiration_Admin_Eligibility', { maximumDuration: 'P366D' }), 'InvalidPolicy'],
    ['a word unknown', edit('Enablement_EndUser_Assignment', { enabledRules: ['Prayer'] }), 'InvalidPolicy'],
    ['a level unknown', edit('Notification_Admin_EndUser_Assignment', { notificationLevel: 'Some' }), 'InvalidPolicy'],
    ['no mail address', edit('Notification_Admin_EndUser_Assignment', { notificationRecipients: ['nobody'] }), 'InvalidPolicy'],
    ['a context without a name', edit('AuthenticationContext_EndUser_Assignment', { isEnabled: true, claimValue: '' }), 'InvalidPolicy'],
  ])('3.3 refuses %s', async (_, wrong, code) => {
    expect(await updatePolicy(w.ctx, w.as('admin'), privilege, [wrong])).toMatchObject({ ok: false, fault: { code } })
  })

  it('3.3 accepts what the reference accepts', async () => {
    for (const [id, maximumDuration] of [
      ['Expiration_EndUser_Assignment', 'PT1H45M'],
      ['Expiration_EndUser_Assignment', 'P1D'],
      ['Expiration_Admin_Eligibility', 'P1Y'],
      ['Expiration_Admin_Assignment', 'P15D'],
    ] as const)
      expect(await updatePolicy(w.ctx, w.as('admin'), privilege, [edit(id, { maximumDuration })])).toMatchObject({ ok: true })
  })

  it('D14 resets to the defaults, and records that too', async () => {
    expect(await resetPolicy(w.ctx, w.as('admin'), privilege)).toMatchObject({ ok: true, value: { isOrganizationDefault: true } })
    const [event] = await w.db.query(`select action, data from events where kind = 'change' order by position desc limit 1`)
    expect(event).toMatchObject({ action: 'resetPolicy', data: { 'AuthenticationContext_EndUser_Assignment.isEnabled': 'true -> false' } })
  })
})

describe('policies of a scope', async () => {
  const w = await makeWorld()

  it('are listed page by page, and are those of this scope alone (D3)', async () => {
    const page = (after: string | null) =>
      listPolicies(w.ctx, w.as('admin'), { plane: 'resource', scope: RG, roles: null, mine: false, limit: 1, after })
    const first = await page(null)
    expect(first.ok && first.value.items).toHaveLength(1)
    const second = await page(first.ok ? first.value.next : null)
    expect(second.ok && second.value).toMatchObject({ items: [{ role: { id: CONTRIBUTOR } }], next: null })
  })

  it('are told apart: unknown scope, unknown role', async () => {
    const at = (scope: string, role: string) => readPolicy(w.ctx, w.as('admin'), resourceRole(scope, role))
    expect(await at(`${RG}x`, CONTRIBUTOR)).toMatchObject({ fault: { code: 'ResourceNotFound' } })
    expect(await at(RG, '99999999-9999-9999-9999-999999999999')).toMatchObject({ fault: { code: 'RoleNotFound' } })
  })

  it('changes from two sides in the same moment are both kept', async () => {
    const rules = ['Expiration_EndUser_Assignment', 'Expiration_Admin_Eligibility'] as const
    const lengths = ['PT1H', 'P30D'] as const
    await Promise.all(
      rules.map((id, i) => updatePolicy(w.ctx, w.as('admin'), resourceRole(), [edit(id, { maximumDuration: lengths[i] ?? '' })])),
    )
    const read = await readPolicy(w.ctx, w.as('admin'), resourceRole())
    for (const [i, id] of rules.entries()) expect(read.ok && read.value.rules.get(id)).toMatchObject({ maximumDuration: lengths[i] })
  })
})
