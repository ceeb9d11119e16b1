// Is a changed rule itself legal (behaviour 3.3, 3.7)? An edit names a rule and gives some of its fields; what it leaves out
// stays as it is. The rules that would result are judged as a whole, for some of them exclude each other.

import { isContextId } from '../access/strength.ts'
import { fault } from '../faults.ts'
import { planeOf } from '../planes/planes.ts'
import type { PlaneId } from '../privilege.ts'
import { ok, type Refused, type Result, refuse } from '../result.ts'
import { DAY, type Duration, HOUR, MINUTE, parseDuration } from '../time.ts'
import { isProofAge, NO_DEMAND, type ProofDemand } from './proof-demand.ts'
import type { ApprovalSetting, ApprovalStage, Enablement, NotificationLevel, Rule, RuleKind } from './rule.ts'
import { type Rules, ruleFor, ruleKey } from './rules.ts'

/** Fields as sent: words of closed lists may still be anything. A field left out keeps its value. */
export interface RuleFields {
  readonly isExpirationRequired?: boolean
  readonly maximumDuration?: string
  readonly enabledRules?: readonly string[]
  readonly setting?: SettingEdit
  readonly isEnabled?: boolean
  readonly claimValue?: string | null
  readonly proof?: Partial<ProofDemand>
  readonly notificationType?: string
  readonly recipientType?: string
  readonly notificationLevel?: string
  readonly isDefaultRecipientsEnabled?: boolean
  readonly notificationRecipients?: readonly string[]
}

export type SettingEdit = Partial<Omit<ApprovalSetting, 'approvalMode' | 'approvalStages'>> & {
  readonly approvalMode?: string
  readonly approvalStages?: readonly Partial<ApprovalStage>[]
}

export interface RuleEdit {
  readonly id: string
  /** As the edit names it; null when it does not. */
  readonly kind: string | null
  /** The target as sent, which must be the rule's own; null members are not said. */
  readonly target: { readonly caller: string | null; readonly level: string | null } | null
  readonly fields: RuleFields
}

const invalid = (detail: string): Refused => refuse(fault('InvalidPolicy', { detail }))

const ENABLEMENTS: readonly Enablement[] = ['MultiFactorAuthentication', 'Justification', 'Ticketing']
const LEVELS: readonly NotificationLevel[] = ['None', 'Critical', 'All']
const MODES: readonly ApprovalSetting['approvalMode'][] = ['SingleStage', 'Serial', 'Parallel', 'NoApproval']
const MAIL = /^[^\s@;]{1,64}@[^\s@;]{1,255}$/
const MOST_RECIPIENTS = 100
const MOST_APPROVERS = 100

/** The list's own spelling of a word sent in any case. */
const word = <T extends string>(words: readonly T[], sent: string): T | undefined =>
  words.find((w) => w.toLowerCase() === sent.toLowerCase())

const same = (a: string | null, b: string): boolean => a === null || a.toLowerCase() === b.toLowerCase()

const activationFits = ({ ms, months }: Duration) => months === 0 && ms >= 30 * MINUTE && ms <= 24 * HOUR && ms % (15 * MINUTE) === 0
/** A year counts as 365 days, a month as 30, as the words `P1Y` and `P6M` are meant in settings. */
const wholeDays = ({ ms, months }: Duration) => ms + (Math.floor(months / 12) * 365 + (months % 12) * 30) * DAY
const assignmentFits = (d: Duration) => wholeDays(d) % DAY === 0 && wholeDays(d) >= DAY && wholeDays(d) <= 365 * DAY

type Of<K extends RuleKind> = Extract<Rule, { kind: K }>

function expiration(rule: Of<'Expiration'>, { isExpirationRequired, maximumDuration }: RuleFields): Result<Rule> {
  const required = isExpirationRequired ?? rule.isExpirationRequired
  const length = parseDuration(maximumDuration ?? rule.maximumDuration)
  if (!length.ok) return invalid(`\`${rule.id}\`: ${length.fault.words}`)
  const activation = rule.caller === 'EndUser'
  if (activation && !required) return invalid(`\`${rule.id}\`: an activation always expires`)
  if (activation && !activationFits(length.value))
    return invalid(`\`${rule.id}\`: the longest activation is 30 minutes to 24 hours, in steps of 15 minutes`)
  if (!activation && !assignmentFits(length.value)) return invalid(`\`${rule.id}\`: the longest assignment is 1 to 365 whole days`)
  return ok({ ...rule, isExpirationRequired: required, maximumDuration: maximumDuration?.trim().toUpperCase() ?? rule.maximumDuration })
}

/** What is asked of a proof, as the edit would have it: nothing to write where nothing was ever said. */
function demandOf(id: string, old: ProofDemand | undefined, sent: RuleFields['proof']): Result<{ readonly proof?: ProofDemand }> {
  if (sent === undefined) return ok(old ? { proof: old } : {})
  const proof = { ...NO_DEMAND, ...old, ...sent }
  const { maximumAge } = proof
  const length = maximumAge === null || maximumAge === 'session' ? null : parseDuration(maximumAge)
  const fits = length === null || (length.ok && isProofAge(length.value))
  if (!fits) return invalid(`\`${id}\`: the age of a proof is \`session\`, or a duration between \`PT1M\` and \`P30D\``)
  return ok({ proof })
}

function enablement(rule: Of<'Enablement'>, { enabledRules, proof }: RuleFields): Result<Rule> {
  const sent = enabledRules ?? rule.enabledRules
  const unknown = sent.find((one) => !word(ENABLEMENTS, one))
  if (unknown !== undefined) return invalid(`\`${rule.id}\`: \`${unknown.slice(0, 60)}\` is not one of ${ENABLEMENTS.join(', ')}`)
  const demand = demandOf(rule.id, rule.proof, proof)
  if (!demand.ok) return demand
  return ok({ ...rule, enabledRules: ENABLEMENTS.filter((one) => sent.some((s) => word([one], s))), ...demand.value })
}

const STAGE: ApprovalStage = {
  approvalStageTimeOutInDays: 1,
  isApproverJustificationRequired: true,
  escalationTimeInMinutes: 0,
  isEscalationEnabled: false,
  primaryApprovers: [],
  escalationApprovers: [],
}

function approval(rule: Of<'Approval'>, { setting: edit = {} }: RuleFields): Result<Rule> {
  const mode = edit.approvalMode === undefined ? rule.setting.approvalMode : word(MODES, edit.approvalMode)
  if (!mode) return invalid(`\`${rule.id}\`: the approval mode is not one of ${MODES.join(', ')}`)
  const stages = edit.approvalStages?.map((stage) => ({ ...STAGE, ...stage })) ?? rule.setting.approvalStages
  if (stages.length > 10) return invalid(`\`${rule.id}\`: more than ten stages`)
  for (const stage of stages) {
    const approvers = [...stage.primaryApprovers, ...stage.escalationApprovers]
    if (approvers.length > MOST_APPROVERS) return invalid(`\`${rule.id}\`: more than ${MOST_APPROVERS} approvers`)
    // A whole number of days: behaviour 3.3 fixes it at one; more is refused rather than silently not kept.
    if (stage.approvalStageTimeOutInDays !== 1) return invalid(`\`${rule.id}\`: a stage waits one day`)
    if (!Number.isInteger(stage.escalationTimeInMinutes) || stage.escalationTimeInMinutes < 0)
      return invalid(`\`${rule.id}\`: the escalation time is not a number of minutes`)
  }
  return ok({ ...rule, setting: { ...rule.setting, ...edit, approvalMode: mode, approvalStages: stages } })
}

function authenticationContext(rule: Of<'AuthenticationContext'>, edit: RuleFields): Result<Rule> {
  const isEnabled = edit.isEnabled ?? rule.isEnabled
  const sent = edit.claimValue === undefined ? rule.claimValue : edit.claimValue
  const claimValue = sent?.trim() || null
  if (isEnabled && !claimValue) return invalid(`\`${rule.id}\`: name the context in \`claimValue\`, such as \`c1\``)
  if (claimValue !== null && !isContextId(claimValue)) return invalid(`\`${rule.id}\`: a context is \`c1\` to \`c99\``)
  const demand = demandOf(rule.id, rule.proof, edit.proof)
  return demand.ok ? ok({ ...rule, isEnabled, claimValue, ...demand.value }) : demand
}

function notification(rule: Of<'Notification'>, edit: RuleFields): Result<Rule> {
  if (!same(edit.notificationType ?? null, 'Email')) return invalid(`\`${rule.id}\`: \`notificationType\` can only be \`Email\``)
  if (!same(edit.recipientType ?? null, rule.recipientType))
    return invalid(`\`${rule.id}\`: its recipient type is \`${rule.recipientType}\``)
  const notificationLevel = edit.notificationLevel === undefined ? rule.notificationLevel : word(LEVELS, edit.notificationLevel)
  if (!notificationLevel) return invalid(`\`${rule.id}\`: the level is not one of ${LEVELS.join(', ')}`)
  // The portal joins addresses with semicolons.
  const addresses = edit.notificationRecipients?.flatMap((one) => one.split(';')).map((one) => one.trim())
  const notificationRecipients = addresses?.filter((one) => one !== '') ?? rule.notificationRecipients
  const wrong = notificationRecipients.find((one) => !MAIL.test(one))
  if (wrong !== undefined) return invalid(`\`${rule.id}\`: \`${wrong.slice(0, 80)}\` is not a mail address`)
  if (notificationRecipients.length > MOST_RECIPIENTS) return invalid(`\`${rule.id}\`: more than ${MOST_RECIPIENTS} recipients`)
  const isDefaultRecipientsEnabled = edit.isDefaultRecipientsEnabled ?? rule.isDefaultRecipientsEnabled
  return ok({ ...rule, notificationLevel, isDefaultRecipientsEnabled, notificationRecipients })
}

function editRule(rule: Rule, edit: RuleEdit): Result<Rule> {
  if (!same(edit.kind, rule.kind)) return invalid(`\`${rule.id}\` is of kind \`${rule.kind}\``)
  if (edit.target && !(same(edit.target.caller, rule.caller) && same(edit.target.level, rule.level)))
    return invalid(`the target of \`${rule.id}\` is ${rule.caller}, ${rule.level}`)
  switch (rule.kind) {
    case 'Expiration':
      return expiration(rule, edit.fields)
    case 'Enablement':
      return enablement(rule, edit.fields)
    case 'Approval':
      return approval(rule, edit.fields)
    case 'AuthenticationContext':
      return authenticationContext(rule, edit.fields)
    case 'Notification':
      return notification(rule, edit.fields)
    default:
      return rule satisfies never
  }
}

/** What no single rule can say: multifactor and a context exclude each other, and approval needs approvers where there are no defaults. */
function judgeWhole(rules: Rules, plane: PlaneId): Result<true> {
  const context = ruleFor(rules, 'AuthenticationContext', 'EndUser', 'Assignment')?.isEnabled ?? false
  const mfa = ruleFor(rules, 'Enablement', 'EndUser', 'Assignment')?.enabledRules.includes('MultiFactorAuthentication') ?? false
  if (context && mfa) return refuse(fault('MfaAndAcrsConflict'))
  const setting = ruleFor(rules, 'Approval', 'EndUser', 'Assignment')?.setting
  const asked = setting?.isApprovalRequired === true && setting.approvalMode !== 'NoApproval'
  const named = setting?.approvalStages.some((stage) => stage.primaryApprovers.length > 0) ?? false
  if (asked && !named && planeOf({ plane }).defaultApproverRoles.length === 0) return invalid('approval needs at least one approver here')
  return ok(true)
}

/** The rules that the edits lead to, in the order of the edits. Faults: `ResourceNotFound` for an unknown id, `InvalidPolicy`, `MfaAndAcrsConflict`. */
export function editRules(current: Rules, edits: readonly RuleEdit[], plane: PlaneId): Result<readonly Rule[]> {
  const next = new Map(current)
  const touched: string[] = []
  for (const edit of edits) {
    const rule = next.get(ruleKey(edit.id)?.id ?? '')
    if (!rule) return refuse(fault('ResourceNotFound', { id: edit.id }))
    const edited = editRule(rule, edit)
    if (!edited.ok) return edited
    next.set(rule.id, edited.value)
    touched.push(rule.id)
  }
  const whole = judgeWhole(next, plane)
  return whole.ok ? ok([...new Set(touched)].flatMap((id) => next.get(id) ?? [])) : whole
}

/** One entry per changed value: `{rule}.{field}` with the old and the new one as JSON (behaviour 3.7 rule 4). */
export function changedValues(before: Rules, after: readonly Rule[]): Readonly<Record<string, string>> {
  const changes: Record<string, string> = {}
  for (const rule of after) {
    const old = flat(before.get(rule.id))
    for (const [field, value] of Object.entries(flat(rule)))
      if (old[field] !== value) changes[`${rule.id}.${field}`] = `${old[field] ?? 'null'} -> ${value}`
  }
  return changes
}

const IDENTITY = new Set(['id', 'kind', 'caller', 'level', 'recipientType'])

/** A rule's values by name, the approval setting's one level down. */
function flat(rule: Rule | undefined): Readonly<Record<string, string>> {
  if (!rule) return {}
  const own = Object.entries(rule).filter(([name]) => !IDENTITY.has(name) && name !== 'setting')
  const setting = rule.kind === 'Approval' ? Object.entries(rule.setting).map(([name, v]) => [`setting.${name}`, v] as const) : []
  return Object.fromEntries([...own, ...setting].map(([name, v]) => [name, JSON.stringify(v)]))
}
