// Do the principal, the role and the scope exist, and may they be combined (behaviour 2.2 step 3, 2.3 rules 2–4)?

import { assignableAt } from '../../access/assignable.ts'
import type { Case } from '../case.ts'
import { type Check, standing } from './check.ts'

function unfit({ ask, facts, plane, level }: Case): string | null {
  const { principal, scope } = facts
  if (!principal || !scope) return null
  if (!plane.holders[level].includes(principal.kind))
    return level === 'Eligibility'
      ? `a ${principal.kind} cannot be eligible: assign it actively, for a limited time`
      : `a ${principal.kind} cannot hold this`
  return plane.objection(scope, principal, ask.level)
}

export const existence: Check = {
  rank: 3,
  judge(c) {
    const { ask, facts } = c
    const { scope, role } = facts
    if (!scope) return standing('ResourceNotFound', { id: ask.privilege.scope })
    if (!role) return standing('RoleNotFound', { id: ask.privilege.role })
    if (!facts.principal) return standing('SubjectNotFound', { id: ask.principalId })
    if (!assignableAt(scope.id, scope.ancestors, role.assignableScopes))
      return standing('ScopeDoesNotMatchRoleDefinition', { role: role.name, scope: scope.id })
    if (facts.nameTaken) return standing('RoleAssignmentRequestExists', { id: ask.name ?? '' })
    const detail = unfit(c)
    return detail === null || c.ask.action === 'adminRemove' ? null : standing('PrincipalNotAllowed', { detail })
  },
}

export const locked: Check = {
  rank: 4,
  judge: ({ facts }) => (facts.scope?.locked ? standing('ResourceIsLocked', { scope: facts.scope.displayName }) : null),
}
