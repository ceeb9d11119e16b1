// The types of `Microsoft.Authorization` that we serve, as ARM spells them: the words of operations, providers and refusals.

export const SERVED = [
  'classicAdministrators',
  'denyAssignments',
  'elevateAccess',
  'eligibleChildResources',
  'operations',
  'permissions',
  'providerOperations',
  'roleAssignmentApprovals',
  'roleAssignments',
  'roleAssignmentScheduleInstances',
  'roleAssignmentScheduleRequests',
  'roleAssignmentSchedules',
  'roleDefinitions',
  'roleEligibilityScheduleInstances',
  'roleEligibilityScheduleRequests',
  'roleEligibilitySchedules',
  'roleManagementPolicies',
  'roleManagementPolicyAssignments',
] as const

export type ServedType = (typeof SERVED)[number]
