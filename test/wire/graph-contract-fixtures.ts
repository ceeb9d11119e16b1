// What the walk over the published Graph operations asks about: objects, assignments, requests and approvals of the sample tenant, made
// over the door itself, and for each operation a path and a body that fit it.

import { DAY } from '../../src/domain/time.ts'
import type { Contoso } from '../support/contoso.ts'
import type { Reply } from '../support/doors.ts'
import type { Operation } from '../support/graph-schemas.ts'
import { GUESTS, OPERATORS, writesOf } from './graph-contract-writes.ts'

type Send = (who: string, method: string, path: string, body?: unknown) => Promise<Reply>

export interface Asked {
  readonly who: string
  readonly path: string
  readonly body?: unknown
}

const READER = '4a5d8f65-41da-4de4-8968-e035b65339cf' // Reports Reader
const HELPDESK = '729827e3-9c14-49f7-bb1b-9608f156bbb8' // Helpdesk Administrator
const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'

export async function makeFixtures(w: Contoso, send: Send) {
  let n = 0
  const next = () => {
    n += 1
    return n
  }
  const expect = async (who: string, method: string, path: string, body?: unknown) => {
    const reply = await send(who, method, path, body)
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    return reply.body
  }
  const make = (path: string, body: unknown) => expect('admin', 'POST', path, body)
  const ref = (id: string) => ({ '@odata.id': `https://pim.test/v1.0/directoryObjects/${id}` })

  const userBody = () => {
    const k = next()
    return {
      accountEnabled: true,
      displayName: `New ${k}`,
      mailNickname: `new${k}`,
      userPrincipalName: `new${k}@contoso.com`,
      passwordProfile: { password: 'not kept', forceChangePasswordNextSignIn: true },
    }
  }
  const groupBody = () => ({ displayName: `Group ${next()}`, mailEnabled: false, mailNickname: `group${n}`, securityEnabled: true })
  const roleBody = () => ({
    displayName: `Role ${next()}`,
    description: 'made for a test',
    isEnabled: true,
    rolePermissions: [{ allowedResourceActions: ['microsoft.directory/users/basic/update'] }],
  })
  const user = async () => (await make('/v1.0/users', userBody())).id as string
  const group = async () => (await make('/v1.0/groups', groupBody())).id as string
  const role = async () => (await make(`${D}/roleDefinitions`, roleBody())).id as string
  const unit = async () => (await make('/v1.0/directory/administrativeUnits', { displayName: `Unit ${next()}` })).id as string

  const ask = (action: string, principalId: string, more: object = {}) => ({
    action,
    principalId,
    justification: 'because',
    scheduleInfo: { startDateTime: null, expiration: { type: 'afterDuration', duration: action.startsWith('self') ? 'PT1H' : 'P30D' } },
    ...more,
  })
  const later = {
    scheduleInfo: { startDateTime: new Date(w.now() + DAY).toISOString(), expiration: { type: 'afterDuration', duration: 'P10D' } },
  }
  const atRoot = (roleDefinitionId: string) => ({ roleDefinitionId, directoryScopeId: '/' })
  const inGroup = (groupId: string) => ({ groupId, accessId: 'member' })

  const me = w.id('engineer')
  const sam = w.id('sam')
  const lead = w.id('lead')
  const [program] = (await expect('admin', 'GET', '/v1.0/servicePrincipals')).value as { id: string }[]
  if (!program) throw new Error('the sample tenant has a program')

  // Who holds what: made eligible, activated, waiting for a decision.
  const eligibleRequest = await make(`${D}/roleEligibilityScheduleRequests`, ask('adminAssign', me, atRoot(READER)))
  const activeRequest = await expect('engineer', 'POST', `${D}/roleAssignmentScheduleRequests`, ask('selfActivate', me, atRoot(READER)))
  const team = await group()
  const groupEligible = await make(`${G}/eligibilityScheduleRequests`, ask('adminAssign', me, inGroup(team)))
  const groupActive = await expect('engineer', 'POST', `${G}/assignmentScheduleRequests`, ask('selfActivate', me, inGroup(team)))
  await make(`${G}/eligibilityScheduleRequests`, ask('adminAssign', sam, inGroup(OPERATORS)))

  const policies = (filter: string) => expect('admin', 'GET', `/v1.0/policies/roleManagementPolicyAssignments?$filter=${filter}`)
  const rolePolicy = (await policies(`scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '${HELPDESK}'`)).value[0]
  const groupPolicy = (await policies(`scopeId eq '${OPERATORS}' and scopeType eq 'Group' and roleDefinitionId eq 'member'`)).value[0]
  const approvalRule = {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyApprovalRule',
    id: 'Approval_EndUser_Assignment',
    setting: {
      isApprovalRequired: true,
      isRequestorJustificationRequired: true,
      approvalMode: 'SingleStage',
      approvalStages: [
        {
          approvalStageTimeOutInDays: 1,
          isApproverJustificationRequired: false,
          primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: w.id('admin') }],
        },
      ],
    },
  }
  const policyAt = (id: string) => `/v1.0/policies/roleManagementPolicies/${id}`
  const approvalAt = (id: string) => `${policyAt(id)}/rules/Approval_EndUser_Assignment`
  for (const { policyId } of [rolePolicy, groupPolicy]) await expect('admin', 'PATCH', approvalAt(policyId), approvalRule)
  const waiting = async (who: string, id: string) => {
    await make(`${D}/roleEligibilityScheduleRequests`, ask('adminAssign', id, atRoot(HELPDESK)))
    return (await expect(who, 'POST', `${D}/roleAssignmentScheduleRequests`, ask('selfActivate', id, atRoot(HELPDESK))))
      .approvalId as string
  }
  const roleApproval = await waiting('engineer', me)
  const groupApproval = (await expect('sam', 'POST', `${G}/assignmentScheduleRequests`, ask('selfActivate', sam, inGroup(OPERATORS))))
    .approvalId

  // Groups within groups, a unit, a role for the unit, a directory role past the front door.
  const inner = await group()
  const outer = await group()
  for (const id of [me, program.id]) await make(`/v1.0/groups/${inner}/members/$ref`, ref(id))
  await make(`/v1.0/groups/${outer}/members/$ref`, ref(inner))
  for (const id of [me, program.id]) await make(`/v1.0/groups/${inner}/owners/$ref`, ref(id))
  const place = await unit()
  for (const id of [me, inner]) await make(`/v1.0/directory/administrativeUnits/${place}/members/$ref`, ref(id))
  const scoped = { roleId: GUESTS, roleMemberInfo: { id: lead } }
  await make(`/v1.0/directory/administrativeUnits/${place}/scopedRoleMembers`, scoped)
  const assignment = (await make(`${D}/roleAssignments`, { principalId: me, ...atRoot(GUESTS) })).id as string
  const custom = await role()

  const instances = async (path: string) => {
    const { value } = await expect('engineer', 'GET', `${path}/filterByCurrentUser(on='principal')`)
    const mine = (value as { id: string; groupId?: string; roleDefinitionId?: string }[]).find(
      (i) => (i.groupId ?? team) === team && (i.roleDefinitionId ?? READER) === READER,
    )
    return mine?.id ?? 'none'
  }
  const IDS: Record<string, string> = {
    'user-id': me,
    'group-id': inner,
    'servicePrincipal-id': program.id,
    'administrativeUnit-id': place,
    'directoryObject-id': me,
    'directoryRole-id': GUESTS,
    'directoryRoleTemplate-id': READER,
    'organization-id': w.ctx.tenant().id,
    'authenticationContextClassReference-id': 'c1',
    'unifiedRoleDefinition-id': READER,
    'unifiedRoleDefinition-id1': READER,
    'unifiedRoleAssignment-id': assignment,
    'unifiedRbacResourceNamespace-id': 'microsoft.directory',
    'unifiedRbacResourceAction-id': 'microsoft.directory-users-basic-update-patch',
    'unifiedRoleEligibilityScheduleRequest-id': eligibleRequest.id,
    'unifiedRoleAssignmentScheduleRequest-id': activeRequest.id,
    'unifiedRoleEligibilitySchedule-id': eligibleRequest.targetScheduleId,
    'unifiedRoleAssignmentSchedule-id': activeRequest.targetScheduleId,
    'unifiedRoleEligibilityScheduleInstance-id': await instances(`${D}/roleEligibilityScheduleInstances`),
    'unifiedRoleAssignmentScheduleInstance-id': await instances(`${D}/roleAssignmentScheduleInstances`),
    'privilegedAccessGroupEligibilityScheduleRequest-id': groupEligible.id,
    'privilegedAccessGroupAssignmentScheduleRequest-id': groupActive.id,
    'privilegedAccessGroupEligibilitySchedule-id': groupEligible.targetScheduleId,
    'privilegedAccessGroupAssignmentSchedule-id': groupActive.targetScheduleId,
    'privilegedAccessGroupEligibilityScheduleInstance-id': await instances(`${G}/eligibilityScheduleInstances`),
    'privilegedAccessGroupAssignmentScheduleInstance-id': await instances(`${G}/assignmentScheduleInstances`),
    'unifiedRoleManagementPolicy-id': rolePolicy.policyId,
    'unifiedRoleManagementPolicyAssignment-id': rolePolicy.id,
    'unifiedRoleManagementPolicyRule-id': 'Expiration_EndUser_Assignment',
    on: 'principal',
  }

  /** The path with its ids; `over` replaces some of them. */
  const fill = ({ version, path }: Operation, over: Readonly<Record<string, string>> = {}): string => {
    const approval = path.includes('/privilegedAccess/') ? groupApproval : roleApproval
    const ids: Record<string, string> = {
      ...IDS,
      'approval-id': approval,
      'approvalStep-id': approval,
      'approvalStage-id': approval,
      ...over,
    }
    const on = path.includes('Approvals/') ? 'approver' : 'principal'
    return `/${version}${path.replace(/\{([^}]+)\}/g, (_, name: string) => (name === 'on' ? on : (ids[name] ?? 'unknown')))}`
  }

  const NEEDS_FILTER: readonly (readonly [RegExp, string])[] = [
    [/policies\/roleManagementPolic\w+(?:\/\$count)?$/, `$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'`],
    [/privilegedAccess\/group\/(?:eligibility|assignment)Schedule\w*(?:\/\$count)?$/, `$filter=principalId eq '${me}'`],
    [/transitiveRoleAssignments(?:\/\$count)?$/, `$count=true&$filter=principalId eq '${me}'`],
  ]

  const write = writesOf({
    send: make,
    fill,
    ref,
    user,
    group,
    role,
    unit,
    ask,
    atRoot,
    inGroup,
    userBody,
    groupBody,
    roleBody,
    me,
    inner,
    place,
    custom,
    program: program.id,
    tenant: w.ctx.tenant().id,
    later,
  })

  return {
    async request(o: Operation): Promise<Asked> {
      const own = o.method === 'GET' ? null : await write(o)
      if (own) return own
      const query = o.method === 'GET' ? NEEDS_FILTER.find(([path]) => path.test(o.path))?.[1] : undefined
      // One's own lists are the engineer's; what waits for a decision waits for the administrator.
      const who = /filterByCurrentUser/.test(o.path) && !/Approvals/.test(o.path) ? 'engineer' : 'admin'
      return { who, path: `${fill(o)}${query ? `?${query}` : ''}`, ...(o.method === 'GET' ? {} : { body: {} }) }
    },
  }
}
