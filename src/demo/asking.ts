// The first half of the story: refused at the target, made eligible, asked for, approved. Requests are Graph's, in their published
// shapes; what is shown is what the server and the target answered.

import { visit } from './governed.ts'
import type { Scene, Stage } from './stage.ts'
import { untilLetIn } from './watching.ts'

const GROUP = '22222222-2222-2222-2222-222222222222'
const ENGINEER = '11111111-1111-1111-1111-111111111111'
const PIM = '/v1.0/identityGovernance/privilegedAccess/group'

/** How long the stint of the demo is: seconds, so that one can watch it end. */
export const STINT = 'PT4S'

const privilege = { accessId: 'member', principalId: ENGINEER, groupId: GROUP }

/** The published request as administrators' guides send it: its start lies in the past, which means now, and the days count from now. */
const makeEligible = {
  ...privilege,
  action: 'adminAssign',
  scheduleInfo: { startDateTime: '2026-05-21T00:00:00Z', expiration: { type: 'afterDuration', duration: 'P180D' } },
  justification: 'Eligible member of pag-payments-operators',
}

const activate = {
  ...privilege,
  action: 'selfActivate',
  scheduleInfo: { startDateTime: null, expiration: { type: 'afterDuration', duration: STINT } },
  justification: 'Stuck payout, ticket INC-4711',
}

const decision = { reviewResult: 'Approve', justification: 'Known incident' }

const stageOf = ({ memory }: Stage) => `${PIM}/assignmentApprovals/${memory.requestId}/stages/${memory.requestId}`

const refusedAtTarget = async ({ governed }: Stage) => {
  const said = await visit(governed, 'engineer')
  return { said, proof: { what: "the target's answer to the engineer's query", want: '42501', got: said.code } }
}

const before: Scene = {
  step: 'refused-before',
  words: 'engineer logs in to payments and may not read payouts',
  async play(stage) {
    const { said, proof } = await refusedAtTarget(stage)
    return { said: `${said.code} ${said.words}`, proofs: [proof] }
  },
}

const eligible: Scene = {
  step: 'made-eligible',
  words: 'admin makes engineer an eligible member of pag-payments-operators, which brings the group under management',
  async play(stage) {
    const made = await stage.graph('admin', 'POST', `${PIM}/eligibilityScheduleRequests`, makeEligible)
    const { said, proof } = await refusedAtTarget(stage)
    return {
      said: `${made.status} ${made.body.status}; eligible is not active: ${said.code}`,
      proofs: [
        { what: 'status', want: [201, 'Provisioned'], got: [made.status, made.body.status] },
        { ...proof, what: 'the target while only eligible' },
      ],
    }
  },
}

interface Rule {
  readonly id: string
  readonly maximumDuration?: string
  readonly enabledRules?: readonly string[]
  readonly setting?: {
    readonly isApprovalRequired: boolean
    readonly approvalStages: readonly {
      readonly primaryApprovers: readonly { readonly groupId?: string; readonly description?: string }[]
    }[]
  }
}

const APPROVERS = 'ea86fc00-7170-4dd4-b5bc-288adc6dcc97'

const settings: Scene = {
  step: 'settings',
  words: "the group's settings apply",
  async play(stage) {
    const filter = `scopeId eq '${GROUP}' and scopeType eq 'Group' and roleDefinitionId eq 'member'`
    const query = new URLSearchParams({ $filter: filter, $expand: 'policy($expand=rules)' })
    const found = await stage.graph('admin', 'GET', `/v1.0/policies/roleManagementPolicyAssignments?${query}`)
    const rules = (found.body.value?.[0]?.policy.rules ?? []) as readonly Rule[]
    const rule = (id: string) => rules.find((r) => r.id === id)
    const most = rule('Expiration_EndUser_Assignment')?.maximumDuration
    const asks = rule('Enablement_EndUser_Assignment')?.enabledRules
    const approval = rule('Approval_EndUser_Assignment')?.setting
    const approvers = approval?.approvalStages.flatMap((s) => s.primaryApprovers.map((a) => a.groupId))
    return {
      said: `at most ${most}, ${asks?.join(', ')}, approval by Cloud Platform Approvers`,
      proofs: [
        { what: 'longest activation', want: 'PT2H', got: most },
        { what: 'asked for', want: ['Justification'], got: asks },
        { what: 'approval required', want: true, got: approval?.isApprovalRequired },
        { what: 'approvers', want: [APPROVERS], got: approvers },
      ],
    }
  },
}

const asked: Scene = {
  step: 'asked',
  words: `engineer asks for ${STINT}, with a justification`,
  async play(stage) {
    const made = await stage.graph('engineer', 'POST', `${PIM}/assignmentScheduleRequests`, activate)
    stage.memory.requestId = String(made.body?.id ?? '')
    return {
      said: `${made.status} ${made.body?.status}`,
      proofs: [{ what: 'status', want: [201, 'PendingApproval'], got: [made.status, made.body?.status] }],
    }
  },
}

const ownApproval: Scene = {
  step: 'own-approval-refused',
  words: 'engineer tries to approve it and may not',
  async play(stage) {
    const tried = await stage.graph('engineer', 'PATCH', stageOf(stage), decision)
    const { said, proof } = await refusedAtTarget(stage)
    return {
      said: `${tried.status} ${tried.body?.error?.message}; at the target still ${said.code}`,
      proofs: [
        { what: 'status', want: 403, got: tried.status },
        { what: 'why', want: 'nobody decides their own request', got: tried.body?.error?.message },
        { ...proof, what: 'the target while undecided' },
      ],
    }
  },
}

const approved: Scene = {
  step: 'approved',
  words: 'lead approves',
  async play(stage) {
    // The target is asked from before the decision on, so that the moment it lets the engineer in is seen.
    stage.memory.effective = (await untilLetIn(stage, 'engineer')).seen
    const done = await stage.graph('lead', 'PATCH', stageOf(stage), decision)
    const shown = await stage.graph('engineer', 'GET', `${PIM}/assignmentScheduleRequests/${stage.memory.requestId}`)
    return {
      said: `${done.status}, the request is ${shown.body?.status}`,
      proofs: [
        { what: 'status', want: 204, got: done.status },
        { what: 'the request', want: 'Provisioned', got: shown.body?.status },
      ],
    }
  },
}

export const ASKING: readonly Scene[] = [before, eligible, settings, asked, ownApproval, approved]
