// What the walk over the published Graph operations sends: bodies, and which operations the reference itself does not offer.

/** An operation that is not offered, by the part of the contract reference that says so. */
export interface Exception {
  readonly methods: readonly string[]
  readonly path: RegExp
  readonly section: string
  readonly why: string
  /** What it answers instead. */
  readonly status: number
}

const PIM =
  /^\/(?:roleManagement\/directory\/role(?:Eligibility|Assignment)Schedule|identityGovernance\/privilegedAccess\/group\/(?:eligibility|assignment)Schedule)/

const none = (methods: string, path: RegExp, section: string, why: string, status = 405): Exception => ({
  methods: methods.split(' '),
  path,
  section,
  why,
  status,
})

// biome-ignore format: one line an exception
export const EXCEPTIONS: readonly Exception[] = [
  none('PATCH DELETE', new RegExp(`${PIM.source}\\w*/\\{`), '3.1, 5', 'requests, schedules and instances are not changed in place: 405, as 3.1 says'),
  none('POST', /Schedules$|ScheduleInstances$/, '3.1 rows 13–16, 5', 'schedules and instances are read-only'),
  none('POST', /[aA]pprovals$|Approvals\/\{approval-id\}\/(?:steps|stages)$/, '3.1 rows 17–19, 5', 'approvals and steps come from requests'),
  none('PATCH DELETE', /Approvals\/\{approval-id\}$/, '3.1 rows 17–19, 5', 'only a step is decided'),
  none('DELETE', /(?:approvalStep|approvalStage)-id\}$/, '3.1 rows 17–19, 5', 'a step is decided, not deleted'),
  none('PATCH DELETE', /^\/roleManagement\/directory$/, '3.1', 'the collections below it are what is offered'),
  none('POST PATCH DELETE', /\/resourceNamespaces/, '3.1 row 20', 'the catalogue of permissions is read'),
  none('PATCH', /roleAssignments\/\{unifiedRoleAssignment-id\}$/, '3.1 row 6', 'an assignment is read and deleted'),
  none('PATCH DELETE', /roleAssignments\/\{[^}]*\}\/appScope$/i, '3.1 rows 4–7', 'the scope is part of the assignment'),
  none('POST PATCH DELETE', /\/transitiveRoleAssignments/, '3.1 row 7', 'transitive assignments are read'),
  none('POST PATCH DELETE', /\/inheritsPermissionsFrom/, '3.1 row 1', 'only expanded'),
  none('GET', /\/inheritsPermissionsFrom\/\{/, '3.1 row 1', 'no role is made from another, so there is none to read', 404),
  none('POST', /^\/policies\/roleManagementPolic(?:ies|yAssignments)$/, '4', 'every role and group has its policy'),
  none('PATCH DELETE', /^\/policies\/roleManagementPolicyAssignments\/\{/, '4', 'read-only'),
  none('POST', /\/(?:rules|effectiveRules)$/, '4.1', 'the 17 rules are fixed'),
  none('DELETE', /\/(?:rules|effectiveRules)\/\{/, '4.1', 'the 17 rules are fixed'),
  none('PATCH', /\/effectiveRules\/\{/, '4', 'only `rules` are written'),
  none('POST PATCH DELETE', /^\/directoryRoleTemplates/, '9', 'GET only'),
  none('PATCH DELETE', /^\/directoryRoles\/\{directoryRole-id\}$/, '9', 'GET and POST only'),
  none('PATCH DELETE', /^\/directoryObjects\/\{directoryObject-id\}$/, '9', 'GET only: each kind is changed by its own path'),
  none('POST PATCH DELETE', /^\/organization/, '9', 'GET only'),
  none('POST PATCH DELETE', /^\/identity\/conditionalAccess/, '9', 'GET only'),
  none('POST PATCH DELETE', /^\/servicePrincipals/, '9', 'GET only; programs are registered by the operator'),
  none('GET', /\/delta\(\)$/, '9', 'optional', 404),
]

/** Families of the published index that other issues build, with why. */
export const ELSEWHERE: Readonly<Record<string, RegExp>> = {
  'access reviews (contract reference 7)': /^\/identityGovernance\/accessReviews/,
  'logs (8)': /^\/auditLogs/,
  'role alerts (6)': /^\/identityGovernance\/roleManagementAlerts/,
  'change notifications (10)': /^\/subscriptions/,
}
