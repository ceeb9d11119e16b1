// Drives `@microsoft/microsoft-graph-client`, as it is published, through the life of one activation on both of its planes. Started
// by the test beside it.

import { Client, PageIterator } from '@microsoft/microsoft-graph-client'
import { cell } from '../support/client-child.ts'

interface Task {
  readonly url: string
  readonly plane: 'directory' | 'group'
  readonly admin: string
  readonly me: string
  readonly meId: string
  readonly approver: string
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task

const clientOf = (token: string): Client =>
  Client.init({
    baseUrl: `${task.url}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(task.url).hostname]),
    authProvider: (done) => done(null, token),
  })

const admin = clientOf(task.admin)
const me = clientOf(task.me)
const approver = clientOf(task.approver)

const OPERATORS = '22222222-2222-2222-2222-222222222222'
const REPORTS_READER = '4a5d8f65-41da-4de4-8968-e035b65339cf'
const PLANES = {
  directory: {
    base: '/roleManagement/directory',
    e: 'roleEligibilitySchedule',
    a: 'roleAssignmentSchedule',
    privilege: { roleDefinitionId: REPORTS_READER, directoryScopeId: '/' },
    policy: `scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${REPORTS_READER}'`,
    approvals: { version: 'beta', path: '/roleManagement/directory/roleAssignmentApprovals', steps: 'steps' },
  },
  group: {
    base: '/identityGovernance/privilegedAccess/group',
    e: 'eligibilitySchedule',
    a: 'assignmentSchedule',
    privilege: { groupId: OPERATORS, accessId: 'member' },
    policy: `scopeId eq '${OPERATORS}' and scopeType eq 'Group' and roleDefinitionId eq 'member'`,
    approvals: { version: 'v1.0', path: '/identityGovernance/privilegedAccess/group/assignmentApprovals', steps: 'stages' },
  },
} as const
const p = PLANES[task.plane]

const ask = (action: string, expiration: object | null, more: object = {}) => ({
  action,
  principalId: task.meId,
  ...p.privilege,
  justification: 'because',
  ...(expiration ? { scheduleInfo: { startDateTime: null, expiration } } : {}),
  ...more,
})
const hour = { type: 'afterDuration', duration: 'PT1H' }

function same(found: unknown, wanted: unknown): string {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  return String(wanted)
}

async function refusal(work: Promise<unknown>): Promise<{ statusCode: number; code: string }> {
  try {
    await work
  } catch (error) {
    return error as { statusCode: number; code: string }
  }
  throw new Error('it was not refused')
}

const mine = (kind: string) => me.api(`${p.base}/${kind}/filterByCurrentUser(on='principal')`)

await cell('make eligible', async () => {
  const made = await admin.api(`${p.base}/${p.e}Requests`).post(ask('adminAssign', { type: 'afterDuration', duration: 'P30D' }))
  return same(made.status, 'Provisioned')
})

await cell('list mine', async () => {
  const page = await mine(`${p.e}Instances`).select('id,principalId,memberType').get()
  const seen: string[] = []
  await new PageIterator(me, page, (item) => seen.push(item.memberType) > 0).iterate()
  return same(seen.at(-1), 'Direct')
})

await cell('read a policy', async () => {
  const found = await admin.api('/policies/roleManagementPolicyAssignments').filter(p.policy).expand('policy($expand=rules)').get()
  return `${same(found.value[0].policy.rules.length, 17)} rules`
})

await cell('validate', async () => {
  const dry = await me.api(`${p.base}/${p.a}Requests`).post(ask('selfActivate', hour, { isValidationOnly: true }))
  return same(dry.status, task.plane === 'group' ? 'PendingEvaluation' : 'Granted')
})

await cell('validate what is too long', async () => {
  const said = await refusal(
    me.api(`${p.base}/${p.a}Requests`).post(ask('selfActivate', { type: 'afterDuration', duration: 'PT25H' }, { isValidationOnly: true })),
  )
  return same([said.statusCode, said.code], [400, 'RoleAssignmentRequestPolicyValidationFailed'])
})

let active = ''
await cell('activate', async () => {
  const made = await me.api(`${p.base}/${p.a}Requests`).post(ask('selfActivate', hour))
  active = made.id
  return same(made.status, task.plane === 'group' ? 'PendingApproval' : 'Provisioned')
})

if (task.plane === 'group')
  await cell('approve', async () => {
    const { version, path, steps } = p.approvals
    const found = await approver.api(`${path}/${active}`).version(version).expand(steps).get()
    await approver
      .api(`${path}/${active}/${steps}/${found[steps][0].id}`)
      .version(version)
      .patch({ reviewResult: 'Approve', justification: 'fine' })
    const after = await me.api(`${p.base}/${p.a}Requests/${active}`).get()
    return same(after.status, 'Provisioned')
  })

await cell('list instances', async () => {
  const page = await mine(`${p.a}Instances`).expand('principal').get()
  // NB. on the group plane the engineer is also a plain member of the team's group
  return same(page.value.filter((i: { assignmentType: string }) => i.assignmentType === 'Activated').length, 1)
})

await cell('list requests', async () => {
  const page = await me.api(`${p.base}/${p.a}Requests`).filter(`principalId eq '${task.meId}'`).top(1).count(true).get()
  return `${page.value.length} of ${page['@odata.count']}`
})

await cell('deactivate', async () => {
  const made = await me.api(`${p.base}/${p.a}Requests`).post(ask('selfDeactivate', null))
  return same(made.status, 'Revoked')
})

await cell('cancel', async () => {
  const start = new Date(Date.now() + 3_600_000).toISOString()
  const planned = await me
    .api(`${p.base}/${p.a}Requests`)
    .post({ ...ask('selfActivate', null), scheduleInfo: { startDateTime: start, expiration: hour } })
  await me.api(`${p.base}/${p.a}Requests/${planned.id}/cancel`).post({})
  const after = await me.api(`${p.base}/${p.a}Requests/${planned.id}`).get()
  return same(after.status, 'Canceled')
})

await cell('who am I', async () => same((await me.api('/me').get()).id, task.meId))
