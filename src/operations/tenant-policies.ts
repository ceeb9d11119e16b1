// Settings of a tenant file → the changed rules of a policy. What the file leaves out keeps the plane's default.

import type { RoleFact } from '../domain/facts.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { defaultRules, mergeRules } from '../domain/policy/defaults.ts'
import type { Enablement, NotificationLevel, Rule } from '../domain/policy/rule.ts'
import type { FileSetting } from './tenant-file.ts'

const ENABLEMENTS: Readonly<Record<'mfa' | 'justification' | 'ticketing', Enablement>> = {
  mfa: 'MultiFactorAuthentication',
  justification: 'Justification',
  ticketing: 'Ticketing',
}

const LEVELS: Readonly<Record<'all' | 'critical' | 'none', NotificationLevel>> = { all: 'All', critical: 'Critical', none: 'None' }

type Rewrite = (rule: Rule, setting: FileSetting) => Rule

/** What the file says of a rule, laid over the rule; the very same rule where it says nothing. */
const rewrite: Rewrite = (rule, setting) => REWRITES[rule.kind](rule, setting)

function lengthsOf(rule: Rule, { activation, eligibility, active }: FileSetting) {
  if (rule.caller === 'EndUser') return { maximum: activation?.maximumDuration ?? null, permanent: null }
  return (rule.level === 'Eligibility' ? eligibility : active) ?? { maximum: null, permanent: null }
}

function enabledOf(rule: Rule, { activation, active }: FileSetting): readonly (keyof typeof ENABLEMENTS)[] | null {
  if (rule.caller === 'EndUser') return activation?.require ?? null
  return rule.level === 'Assignment' ? (active?.require ?? null) : null
}

const REWRITES: Readonly<Record<Rule['kind'], Rewrite>> = {
  Expiration(rule, setting) {
    const { maximum, permanent } = lengthsOf(rule, setting)
    if (rule.kind !== 'Expiration' || (maximum === null && permanent === null)) return rule
    return {
      ...rule,
      maximumDuration: maximum ?? rule.maximumDuration,
      isExpirationRequired: permanent === null ? rule.isExpirationRequired : !permanent,
    }
  },
  Enablement(rule, setting) {
    if (rule.kind !== 'Enablement') return rule
    const wanted = enabledOf(rule, setting)?.map((one) => ENABLEMENTS[one]) ?? rule.enabledRules
    // A context and plain multifactor are never required together (D25): the context, which is the stronger, stays.
    const context = rule.caller === 'EndUser' && setting.activation?.authenticationContext
    const enabledRules = context ? wanted.filter((one) => one !== 'MultiFactorAuthentication') : wanted
    return enabledRules.join() === rule.enabledRules.join() ? rule : { ...rule, enabledRules }
  },
  Approval(rule, { activation }) {
    const approvers = activation?.approvers
    if (rule.kind !== 'Approval' || !approvers) return rule
    const primaryApprovers = approvers.flatMap(({ kind, id }) =>
      kind === 'servicePrincipal' ? [] : [{ kind, id, isBackup: false, description: null }],
    )
    const approvalStages = rule.setting.approvalStages.map((stage) => ({ ...stage, primaryApprovers }))
    return { ...rule, setting: { ...rule.setting, isApprovalRequired: true, approvalStages } }
  },
  AuthenticationContext(rule, { activation }) {
    const claimValue = activation?.authenticationContext
    return rule.kind === 'AuthenticationContext' && claimValue ? { ...rule, isEnabled: true, claimValue } : rule
  },
  Notification(rule, { notifications }) {
    if (rule.kind !== 'Notification' || !notifications) return rule
    const notificationLevel = LEVELS[notifications.level]
    const notificationRecipients = rule.recipientType === 'Admin' ? notifications.recipients : []
    const same = notificationLevel === rule.notificationLevel && notificationRecipients.length === 0
    return same ? rule : { ...rule, notificationLevel, notificationRecipients }
  },
}

/** The rules that a setting changes. */
export function changedRules(setting: FileSetting, role: Pick<RoleFact, 'id' | 'name'>): readonly Rule[] {
  const { privilege } = setting
  const plane = planeOf(privilege)
  const fact: RoleFact = { plane: privilege.plane, ...role, builtIn: true, privileged: true, assignableScopes: ['/'] }
  const defaults = defaultRules(plane.defaults(fact))
  const rules = [...mergeRules(defaults, []).values()]
  return rules.map((rule) => rewrite(rule, setting)).filter((rule) => !defaults.includes(rule))
}
