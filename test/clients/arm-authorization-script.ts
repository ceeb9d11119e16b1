// Drives `@azure/arm-authorization`, as it is published, through the life of one activation. Started by the test beside it.

import { randomUUID } from 'node:crypto'
import { cell } from '../support/client-child.ts'
import { all, clientOf, refused, SUBSCRIPTION, same, task } from './arm-client.ts'

const SCOPE = `subscriptions/${SUBSCRIPTION}/resourceGroups/rg-ledger-prod`
const ROLE = `/${SCOPE}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`

const admin = clientOf(task.admin)
const me = clientOf(task.engineer)
const eligible = randomUUID()
const active = randomUUID()

const ask = (requestType: string, duration: string) => ({
  principalId: task.engineerId,
  roleDefinitionId: ROLE,
  requestType,
  justification: 'because',
  scheduleInfo: { startDateTime: null as unknown as Date, expiration: { type: 'AfterDuration', duration } },
})

await cell('make eligible', async () => {
  const made = await admin.roleEligibilityScheduleRequests.create(SCOPE, eligible, ask('AdminAssign', 'P30D'))
  return same([made.status, made.principalType, made.expandedProperties?.principal?.displayName], ['Provisioned', 'User', 'Erin Engineer'])
})
await cell('list mine', async () => {
  const mine = await all(me.roleEligibilityScheduleInstances.listForScope('', { filter: 'asTarget()' }))
  return same(
    mine.filter((item) => item.name === eligible).map((item) => [item.memberType, item.roleDefinitionId]),
    [['Direct', ROLE]],
  )
})
await cell('eligible child resources', async () => {
  const found = await all(me.eligibleChildResources.list(`subscriptions/${SUBSCRIPTION}`, { filter: "resourceType eq 'resourcegroup'" }))
  return same(
    found.map((item) => [item.name, item.type]),
    [['rg-ledger-prod', 'resourcegroup']],
  )
})
await cell('validate', async () => {
  const tried = await me.roleAssignmentScheduleRequests.validate(SCOPE, randomUUID(), ask('SelfActivate', 'PT1H'))
  return same(tried.status, 'Granted')
})
await cell('validate what is too long', async () => {
  const tried = me.roleAssignmentScheduleRequests.validate(SCOPE, randomUUID(), ask('SelfActivate', 'PT9H'))
  return same(await refused(tried), '400 RoleAssignmentRequestPolicyValidationFailed')
})
await cell('activate', async () => {
  const made = await me.roleAssignmentScheduleRequests.create(SCOPE, active, ask('SelfActivate', 'PT1H'))
  return same([made.status, made.linkedRoleEligibilityScheduleId], ['Provisioned', eligible])
})
await cell('read the request', async () => same((await me.roleAssignmentScheduleRequests.get(SCOPE, active)).name, active))
await cell('list instances', async () => {
  const found = await all(me.roleAssignmentScheduleInstances.listForScope(SCOPE, { filter: 'asTarget()' }))
  return same(
    found.filter((item) => item.name === active).map((item) => item.assignmentType),
    ['Activated'],
  )
})
await cell('list schedules', async () => {
  const found = await all(admin.roleAssignmentSchedules.listForScope(SCOPE, { filter: `principalId eq '${task.engineerId}'` }))
  return same(
    found.filter((item) => item.name === active).map((item) => item.assignmentType),
    ['Activated'],
  )
})
await cell('list role assignments', async () => {
  const found = await all(admin.roleAssignments.listForScope(SCOPE, { filter: `atScope() and assignedTo('${task.engineerId}')` }))
  return same(
    found.filter((item) => item.name === active).map((item) => item.principalId),
    [task.engineerId],
  )
})
await cell('deactivate', async () => {
  const { scheduleInfo: _, ...plain } = ask('SelfDeactivate', 'PT1H')
  const done = await me.roleAssignmentScheduleRequests.create(SCOPE, randomUUID(), plain)
  const left = await all(me.roleAssignmentScheduleInstances.listForScope(SCOPE, { filter: 'asTarget()' }))
  return same([done.status, left.filter((item) => item.name === active).length], ['Revoked', 0])
})
await cell('cancel', async () => {
  const name = randomUUID()
  const later = ask('SelfActivate', 'PT1H')
  later.scheduleInfo.startDateTime = new Date(Date.now() + 3_600_000)
  const asked = await me.roleAssignmentScheduleRequests.create(SCOPE, name, later)
  await me.roleAssignmentScheduleRequests.cancel(SCOPE, name)
  return same([asked.status, (await me.roleAssignmentScheduleRequests.get(SCOPE, name)).status], ['Granted', 'Canceled'])
})
await cell('read a policy', async () => {
  const assignments = await all(admin.roleManagementPolicyAssignments.listForScope(SCOPE))
  const one = assignments.find((item) => item.roleDefinitionId?.endsWith('b24988ac-6180-42a0-ab88-20f7382dd24c'))
  const policy = await admin.roleManagementPolicies.get(SCOPE, one?.policyId?.split('/').at(-1) ?? '')
  const rule = policy.rules?.find((item) => item.id === 'Expiration_EndUser_Assignment')
  return same([policy.rules?.length, rule && 'maximumDuration' in rule ? rule.maximumDuration : null], [17, 'PT8H'])
})
await cell('change a policy', async () => {
  const rule = { ruleType: 'RoleManagementPolicyExpirationRule' as const, id: 'Expiration_EndUser_Assignment', maximumDuration: 'PT4H' }
  const changed = await admin.roleManagementPolicies.update(SCOPE, ROLE.slice(-36), { rules: [rule] })
  return same([changed.isOrganizationDefault, changed.lastModifiedBy?.displayName], [false, 'Alex Admin'])
})
await cell('read a role', async () => {
  const found = await all(me.roleDefinitions.list(SCOPE, { filter: "roleName eq 'Contributor'" }))
  return same(
    found.map((item) => [item.roleName, item.roleType]),
    [['Contributor', 'BuiltInRole']],
  )
})
