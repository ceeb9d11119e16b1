// Behaviour 3.1–3.5: role settings. Each test names the rule it holds.

import { describe, expect, it } from 'vitest'
import type { RuleEdit, RuleFields } from '../../src/domain/policy/edit.ts'
import { RULE_KEYS, ruleFor } from '../../src/domain/policy/rules.ts'
import { type Policy, readPolicy } from '../../src/operations/read-policy.ts'
import { resetPolicy, updatePolicy } from '../../src/operations/update-policy.ts'
import {
  AU,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  OPERATORS,
  OWNER,
  PLANE_CASES,
  RG,
  resourceRole,
  SUBSCRIPTION,
} from '../support/world.ts'

const edit = (id: string, fields: RuleFields, more: Partial<RuleEdit> = {}): RuleEdit => ({
  id,
  kind: id.split('_')[0] ?? '',
  target: null,
  fields,
  ...more,
})
const stage = (...ids: string[]) => ({
  setting: {
    isApprovalRequired: true,
    approvalStages: [{ primaryApprovers: ids.map((id) => ({ kind: 'user' as const, id, isBackup: false, description: null })) }],
  },
})

describe.each(PLANE_CASES)('on the %s plane', async (plane, privilege) => {
  const w = await makeWorld()
  const policy = async (p = privilege): Promise<Policy> => {
    const found = await readPolicy(w.ctx, w.as('admin'), p)
    if (!found.ok) throw new Error(found.fault.words)
    return found.value
  }
  const update = (edits: readonly RuleEdit[], who: Parameters<typeof w.as>[0] = 'admin') => updatePolicy(w.ctx, w.as(who), privilege, edits)
  const activation = async () => ruleFor((await policy()).rules, 'Expiration', 'EndUser', 'Assignment')?.maximumDuration

  it('P1 every privilege has one policy from the start; P2 with the 17 standard rules', async () => {
    expect([...(await policy()).rules.keys()]).toEqual(RULE_KEYS.map((k) => k.id))
  })

  it('3.4 the defaults of the plane', async () => {
    const { rules } = await policy()
    const free = plane === 'directory'
    expect(await activation()).toBe('PT8H')
    expect(ruleFor(rules, 'Expiration', 'Admin', 'Eligibility')).toMatchObject({ isExpirationRequired: !free, maximumDuration: 'P365D' })
    expect(ruleFor(rules, 'Expiration', 'Admin', 'Assignment')).toMatchObject({ isExpirationRequired: !free, maximumDuration: 'P180D' })
    expect(ruleFor(rules, 'Enablement', 'EndUser', 'Assignment')?.enabledRules).toEqual(
      free ? ['MultiFactorAuthentication', 'Justification'] : ['Justification'],
    )
    expect(ruleFor(rules, 'Enablement', 'Admin', 'Assignment')?.enabledRules).toEqual(['Justification'])
    expect(ruleFor(rules, 'Enablement', 'Admin', 'Eligibility')?.enabledRules).toEqual([])
    expect(ruleFor(rules, 'AuthenticationContext', 'EndUser', 'Assignment')).toMatchObject({ isEnabled: false, claimValue: null })
    expect(ruleFor(rules, 'Approval', 'EndUser', 'Assignment')?.setting).toMatchObject({
      isApprovalRequired: false,
      approvalMode: 'SingleStage',
    })
    const notices = [...rules.values()].filter((r) => r.kind === 'Notification')
    expect(notices).toHaveLength(9)
    expect(
      notices.every((r) => r.notificationLevel === 'All' && r.isDefaultRecipientsEnabled && r.notificationRecipients.length === 0),
    ).toBe(true)
  })

  it('P4 isOrganizationDefault until the first change, then who and when', async () => {
    expect(await policy()).toMatchObject({ isOrganizationDefault: true, modifiedAt: null })
    expect(await update([edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT2H' })])).toMatchObject({ ok: true })
    expect(await policy()).toMatchObject({ isOrganizationDefault: false, modifiedAt: w.now(), modifiedBy: { id: idOf('admin') } })
    expect(await activation()).toBe('PT2H')
  })

  it('P3 rules change one by one, the others stay; an unknown id is not there; a target is fixed', async () => {
    await update([edit('Enablement_EndUser_Assignment', { enabledRules: ['Ticketing'] })])
    expect(await activation()).toBe('PT2H')
    expect(await update([edit('Expiration_EndUser_Eligibility', {})])).toMatchObject({ ok: false, fault: { code: 'ResourceNotFound' } })
    const moved = edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT3H' }, { target: { caller: 'Admin', level: 'Assignment' } })
    expect(await update([moved])).toMatchObject({ ok: false, fault: { code: 'InvalidPolicy' } })
  })

  it('3.3 values: half an hour to a day in quarter hours, whole days to a year, known words only', async () => {
    const max = (maximumDuration: string) => update([edit('Expiration_EndUser_Assignment', { maximumDuration })])
    for (const good of ['PT30M', 'PT1H45M', 'PT23H30M', 'P1D']) expect(await max(good), good).toMatchObject({ ok: true })
    for (const bad of ['PT20M', 'PT29M', 'PT1H10M', 'P2D', 'soon']) expect((await max(bad)).ok, bad).toBe(false)
    const eligible = (maximumDuration: string) => update([edit('Expiration_Admin_Eligibility', { maximumDuration })])
    for (const good of ['P15D', 'P180D', 'P365D']) expect(await eligible(good), good).toMatchObject({ ok: true })
    for (const bad of ['PT12H', 'P366D', 'P0D']) expect((await eligible(bad)).ok, bad).toBe(false)
    expect(await update([edit('Enablement_EndUser_Assignment', { enabledRules: ['Retina'] })])).toMatchObject({
      ok: false,
      fault: { code: 'InvalidPolicy' },
    })
    expect(await update([edit('Notification_Admin_Admin_Assignment', { notificationLevel: 'Loud' })])).toMatchObject({
      ok: false,
      fault: { code: 'InvalidPolicy' },
    })
  })

  it('3.3 multifactor and an authentication context exclude each other', async () => {
    await update([edit('Enablement_EndUser_Assignment', { enabledRules: ['MultiFactorAuthentication'] })])
    const context = edit('AuthenticationContext_EndUser_Assignment', { isEnabled: true, claimValue: 'c1' })
    expect(await update([context])).toMatchObject({ ok: false, fault: { code: 'MfaAndAcrsConflict' } })
    await update([edit('Enablement_EndUser_Assignment', { enabledRules: [] })])
    expect(await update([context])).toMatchObject({ ok: true })
  })

  it('3.7.2 approval without approvers: default approvers where the plane has them, else refused', async () => {
    const bare = await update([edit('Approval_EndUser_Assignment', stage())])
    expect(bare.ok).toBe(plane === 'directory')
    expect(await update([edit('Approval_EndUser_Assignment', stage(idOf('lead')))])).toMatchObject({ ok: true })
  })

  it('3.6 administrators of the plane change settings, others do not; and every change is recorded with its values', async () => {
    expect(await update([edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT1H' })], 'engineer')).toMatchObject({
      ok: false,
      fault: { code: 'Forbidden' },
    })
    await update([edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT1H' })])
    const [event] = await w.db.query<{ data: object }>(
      `select data from events where subject = 'policy' and kind = 'change' order by position desc limit 1`,
    )
    expect(JSON.stringify(event?.data)).toContain('PT1H')
  })

  it('P5 a change bears on later requests only', async () => {
    await w.seed(idOf('engineer'), 'Eligibility', privilege)
    await resetPolicy(w.ctx, w.as('admin'), privilege)
    const ask = w.ask('selfActivate', 'Assignment', privilege, idOf('engineer'), {
      schedule: { start: null, type: 'AfterDuration', duration: 'PT6H', end: null },
    })
    expect(await w.submit(w.as('engineer'), ask)).toMatchObject({ ok: true })
    await update([edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT1H' })])
    const [row] = await w.db.query<{ ends_at: number }>(
      `select ends_at from schedules where source = 'Activated' and status = 'Provisioned'`,
    )
    expect(row?.ends_at).toBe(w.now() + 6 * 3_600_000)
  })

  it('D14 a reset brings the defaults back', async () => {
    expect(await resetPolicy(w.ctx, w.as('admin'), privilege)).toMatchObject({ ok: true, value: { isOrganizationDefault: true } })
    expect(await activation()).toBe('PT8H')
  })
})

describe('where policies lie', async () => {
  const w = await makeWorld()
  const maximum = async (p: Parameters<typeof readPolicy>[2]) => {
    const found = await readPolicy(w.ctx, w.as('admin'), p)
    return found.ok ? ruleFor(found.value.rules, 'Expiration', 'EndUser', 'Assignment')?.maximumDuration : found.fault.code
  }
  const set = (p: Parameters<typeof readPolicy>[2]) =>
    updatePolicy(w.ctx, w.as('admin'), p, [edit('Expiration_EndUser_Assignment', { maximumDuration: 'PT1H' })])

  it('P1 a directory role has one for the whole tenant; a resource role one per scope, never inherited; a group one each for members and owners', async () => {
    await set(directoryRole())
    expect(await maximum({ ...directoryRole(), scope: AU })).toBe('PT1H')
    await set(resourceRole(SUBSCRIPTION))
    expect(await maximum(resourceRole(RG))).toBe('PT8H')
    await set(groupRole(OPERATORS))
    expect(await maximum(groupRole(OPERATORS, 'owner'))).toBe('PT8H')
  })

  it('3.4 roles that hand out access ask for multifactor on resources', async () => {
    const found = await readPolicy(w.ctx, w.as('admin'), resourceRole(RG, OWNER))
    expect(found.ok && ruleFor(found.value.rules, 'Enablement', 'EndUser', 'Assignment')?.enabledRules).toEqual([
      'MultiFactorAuthentication',
      'Justification',
    ])
  })
})
