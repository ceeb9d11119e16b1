// What the native API says, as schemas: server and clients read them, and types come by inference. Instants are ISO 8601 in UTC,
// durations ISO 8601, ids UUIDs.

import { z } from 'zod'

export const plane = z.enum(['directory', 'resource', 'group'])
const level = z.enum(['Eligibility', 'Assignment'])

const action = z.enum([
  'adminAssign',
  'adminUpdate',
  'adminRemove',
  'adminExtend',
  'adminRenew',
  'selfActivate',
  'selfDeactivate',
  'selfExtend',
  'selfRenew',
])

export const requestStatus = z.enum([
  'Granted',
  'Provisioned',
  'PendingApproval',
  'PendingAdminDecision',
  'Revoked',
  'Denied',
  'AdminDenied',
  'Canceled',
  'TimedOut',
  'Failed',
])

const instant = z.iso.datetime()
const id = z.guid()
/** A name or an id, as a person writes it. */
const name = z.string().trim().min(1).max(500)

export const principal = z.object({
  id,
  kind: z.enum(['user', 'group', 'servicePrincipal']),
  displayName: z.string(),
  upn: z.string().nullable(),
})

/** A role at a scope in a plane, with the names people know them by. */
const privilege = z.object({
  plane,
  role: z.object({ id: z.string(), name: z.string() }),
  scope: z.object({ id: z.string(), displayName: z.string(), kind: z.string() }),
})

const finding = z.object({
  rule: z.string(),
  ruleId: z.string().nullable(),
  code: z.string(),
  words: z.string(),
  mend: z.string().nullable(),
  /** What to send to the sign-in as `claims`, where signing in again would satisfy it. */
  claims: z.string().optional(),
})

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  findings: z.array(finding),
  requestId: z.string(),
})

export const me = z.object({
  ...principal.shape,
  tenant: z.object({ id, displayName: z.string() }),
  /** How the caller proved who they are, as far as the token says. */
  amr: z.array(z.string()),
  acrs: z.array(z.string()),
})

/** A hold on a privilege. */
export const holding = z.object({
  id,
  ...privilege.shape,
  principal,
  level,
  source: z.enum(['Assigned', 'Activated', 'Outside']),
  memberType: z.enum(['Direct', 'Group', 'Inherited']),
  status: z.string(),
  start: instant,
  /** Null is permanent. */
  until: instant.nullable(),
  allowedActions: z.array(z.enum(['activate', 'deactivate', 'update', 'remove'])),
})

export const myRoles = z.object({
  /** What may be activated: own eligibilities and those of groups. */
  can: z.array(holding),
  /** Assignments in force. */
  have: z.array(holding),
  /** What ended in the last thirty days. */
  had: z.array(holding),
})

export const request = z.object({
  id,
  ...privilege.shape,
  principal,
  level,
  action,
  status: requestStatus,
  requestedBy: z.string().nullable(),
  justification: z.string().nullable(),
  ticketNumber: z.string().nullable(),
  ticketSystem: z.string().nullable(),
  createdAt: instant,
  completedAt: instant.nullable(),
  start: instant.nullable(),
  until: instant.nullable(),
  scheduleId: z.string().nullable(),
  approvalId: z.string().nullable(),
  allowedActions: z.array(z.enum(['cancel', 'approve', 'deny'])),
})

/** One thing asked for. Role, scope and principal go by name or id; what is left out is the caller's own, where that is clear. */
export const ask = z.strictObject({
  action,
  role: name,
  scope: name.optional(),
  plane: plane.optional(),
  principal: name.optional(),
  level: level.optional(),
  start: z.iso.datetime({ offset: true }).optional(),
  duration: z.string().max(50).optional(),
  end: z.iso.datetime({ offset: true }).optional(),
  justification: z.string().max(2_000).optional(),
  ticketNumber: z.string().max(200).optional(),
  ticketSystem: z.string().max(200).optional(),
  linkedScheduleId: id.optional(),
})

export const preview = z.object({
  ...privilege.shape,
  principal,
  action,
  level,
  /** Everything that stands in the way; empty when nothing does. */
  findings: z.array(finding),
  /** What is asked for, met or not. */
  inputs: z.array(z.object({ name: z.string(), words: z.string(), value: z.string().nullable() })),
  /** When it would begin and end; null where nothing would. */
  window: z.object({ start: instant, until: instant.nullable() }).nullable(),
  needsApproval: z.boolean(),
})

export const decision = z.strictObject({
  result: z.enum(['Approve', 'Deny']),
  justification: z.string().max(2_000).nullable().default(null),
  /** For an extension or renewal: the period to give, where it differs from the one asked for. */
  start: z.iso.datetime({ offset: true }).optional(),
  duration: z.string().max(50).optional(),
  end: z.iso.datetime({ offset: true }).optional(),
})

/** What holds for the whole installation. */
export const settings = z.object({
  /** `closed` refuses the reference's ways past the front door for what is managed here. */
  sideDoors: z.enum(['open', 'closed']),
  /** How long elevated access lasts. */
  elevatedAccess: z.iso.duration(),
  /** How old a multifactor proof may be where a rule does not say; `session`: as long as its token lives. */
  mfaMaximumAge: z.union([z.literal('session'), z.iso.duration()]),
})

export const settingsChange = z.strictObject(settings.partial().shape)

/** One change, as it was recorded. */
export const event = z.object({
  id,
  at: instant,
  subject: z.string(),
  subjectId: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  action: z.string().nullable(),
  reason: z.string().nullable(),
})

export const role = z.object({ plane, id: z.string(), name: z.string(), description: z.string(), builtIn: z.boolean() })

export const policy = z.object({
  ...privilege.shape,
  /** Rules by their standard ids. */
  rules: z.array(z.looseObject({ id: z.string(), kind: z.string() })),
  isOrganizationDefault: z.boolean(),
  modifiedAt: instant.nullable(),
})

/** What a stint is worth at a target: wanted, and seen there. */
export const grant = z.object({
  id,
  target: z.string(),
  kind: z.string(),
  entitlement: z.string(),
  account: z.string().nullable(),
  principal: z.object({ id, displayName: z.string() }),
  state: z.enum(['Granting', 'Granted', 'GrantBlocked', 'Revoking', 'Revoked', 'RevokeBlocked', 'RevokeOverdue']),
  observed: z.enum(['unknown', 'present', 'absent']),
  observedAt: instant.nullable(),
  until: instant.nullable(),
  /** Why it is not as wanted. */
  reason: z.string().nullable(),
  requestId: z.string().nullable(),
})

export const target = z.object({
  id,
  name: z.string(),
  kind: z.string(),
  enabled: z.boolean(),
  /** Null before the first look. */
  reachable: z.boolean().nullable(),
  checkedAt: instant.nullable(),
  grants: z.record(z.string(), z.int()),
  findings: z.int(),
  /** Of the last ends: from the end to the proven refusal, in milliseconds. */
  expiry: z.object({ count: z.int(), p50: z.number(), p95: z.number(), max: z.number(), late: z.int() }).nullable(),
})

export const message = z.object({
  id,
  kind: z.string(),
  words: z.string(),
  /** The request it is about; null where there is none. */
  requestId: z.string().nullable(),
  at: instant,
  readAt: instant.nullable(),
})

/** A page of a list; `next` is an opaque cursor, null on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() })

export const paging = { limit: z.coerce.number().int().min(1).max(1_000).default(100), cursor: z.string().max(500).optional() }
export const byId = z.object({ id })
export const named = name
