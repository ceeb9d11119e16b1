// Who will be asked. Where a policy names nobody, the plane's default approvers are: only directory roles have any
// (behaviour 4.2). More than one stage comes with its own issue; one stage is what the reference executes (AP1).

import type { Authority } from '../access/needs.ts'
import type { Plane } from '../planes/plane.ts'
import type { ApprovalSetting } from '../policy/rule.ts'
import type { StagePlan } from './approval.ts'

/** The stage of an extension or renewal that its holder asks for: those who administer the scope decide (behaviour 2.6). */
export const planExtension = (stageId: string, need: Authority | null): StagePlan => ({
  id: stageId,
  approvers: [],
  // Those who hold one of these find it among what waits for them; the authority itself is judged when they decide.
  defaultRoles: need && need.t !== 'action' ? need.roles : [],
  administrators: true,
  isApproverJustificationRequired: false,
})

/** The stage an activation has to pass, or null where none is asked. */
export function planApproval(setting: ApprovalSetting, plane: Plane, stageId: string): StagePlan | null {
  if (!setting.isApprovalRequired || setting.approvalMode === 'NoApproval') return null
  const stage = setting.approvalStages[0]
  const approvers = stage?.primaryApprovers ?? []
  return {
    id: stageId,
    approvers,
    defaultRoles: approvers.length > 0 ? [] : plane.defaultApproverRoles,
    isApproverJustificationRequired: stage?.isApproverJustificationRequired ?? true,
  }
}
