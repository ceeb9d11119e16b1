// The fields of a policy rule, as both wires spell them; the doors differ in the discriminator and in how an approver is written.

import type { RuleEdit, RuleFields, SettingEdit } from '../domain/policy/edit.ts'
import type { ApprovalStage, Approver, Rule } from '../domain/policy/rule.ts'
import { ok, type Result } from '../domain/result.ts'
import { pick, readBoolean, readInteger, readObject, readObjects, readText, readTexts } from './fields.ts'
import type { JsonObject } from './json.ts'

type Reading<T> = (body: JsonObject, name: string) => Result<T | null>
type ReadApprover = (body: JsonObject) => Result<Approver>

/** Reads the members that are there; an absent one keeps its value. */
function read<T extends object>(body: JsonObject, readers: Readonly<Record<string, Reading<unknown>>>): Result<Partial<T>> {
  const out: Record<string, unknown> = {}
  for (const [name, reader] of Object.entries(readers)) {
    const value = reader(body, name)
    if (!value.ok) return value
    if (value.value !== null) out[name] = value.value
  }
  return ok(out as Partial<T>)
}

function all<T>(items: readonly JsonObject[] | null, one: (item: JsonObject) => Result<T>): Result<readonly T[] | null> {
  if (items === null) return ok(null)
  const out: T[] = []
  for (const item of items) {
    const made = one(item)
    if (!made.ok) return made
    out.push(made.value)
  }
  return ok(out)
}

const listOf =
  <T>(one: (item: JsonObject) => Result<T>): Reading<readonly T[]> =>
  (body, name) => {
    const items = readObjects(body, name)
    return items.ok ? all(items.value, one) : items
  }

const stage = (approver: ReadApprover) => (body: JsonObject) =>
  read<ApprovalStage>(body, {
    approvalStageTimeOutInDays: readInteger,
    isApproverJustificationRequired: readBoolean,
    escalationTimeInMinutes: readInteger,
    isEscalationEnabled: readBoolean,
    primaryApprovers: listOf(approver),
    escalationApprovers: listOf(approver),
  })

const setting =
  (approver: ReadApprover): Reading<SettingEdit> =>
  (body, name) => {
    const inner = readObject(body, name)
    if (!inner.ok || inner.value === null) return inner as Result<null>
    return read<SettingEdit>(inner.value, {
      isApprovalRequired: readBoolean,
      isApprovalRequiredForExtension: readBoolean,
      isRequestorJustificationRequired: readBoolean,
      approvalMode: readText,
      approvalStages: listOf(stage(approver)),
    })
  }

/** One rule as sent. `kind` is the discriminator's word, already stripped of its dialect. */
export function readRuleEdit(body: JsonObject, id: string, kind: string | null, approver: ReadApprover): Result<RuleEdit> {
  const fields = read<RuleFields>(body, {
    isExpirationRequired: readBoolean,
    maximumDuration: readText,
    enabledRules: readTexts,
    setting: setting(approver),
    isEnabled: readBoolean,
    notificationType: readText,
    recipientType: readText,
    notificationLevel: readText,
    isDefaultRecipientsEnabled: readBoolean,
    notificationRecipients: readTexts,
  })
  if (!fields.ok) return fields
  const claim = readText(body, 'claimValue')
  if (!claim.ok) return claim
  // Null is a value of its own here: it takes the context away.
  const claimSent = Object.keys(body).some((name) => name.toLowerCase() === 'claimvalue')
  const target = readObject(body, 'target')
  if (!target.ok) return target
  const word = (name: string) => {
    const value = target.value ? pick(target.value, name) : null
    return typeof value === 'string' ? value : null
  }
  return ok({
    id,
    kind,
    target: target.value && { caller: word('caller'), level: word('level') },
    fields: { ...fields.value, ...(claimSent ? { claimValue: claim.value } : {}) },
  })
}

/** The fields of a rule as both wires write them; `approver` writes one approver in the door's own form. */
export function writeRuleFields(rule: Rule, approver: (a: Approver) => object): object {
  switch (rule.kind) {
    case 'Expiration':
      return { isExpirationRequired: rule.isExpirationRequired, maximumDuration: rule.maximumDuration }
    case 'Enablement':
      return { enabledRules: rule.enabledRules }
    case 'AuthenticationContext':
      return { isEnabled: rule.isEnabled, claimValue: rule.claimValue }
    case 'Notification':
      return {
        notificationType: 'Email',
        recipientType: rule.recipientType,
        notificationLevel: rule.notificationLevel,
        isDefaultRecipientsEnabled: rule.isDefaultRecipientsEnabled,
        notificationRecipients: rule.notificationRecipients,
      }
    case 'Approval':
      return {
        setting: {
          ...rule.setting,
          approvalStages: rule.setting.approvalStages.map((stage) => ({
            ...stage,
            primaryApprovers: stage.primaryApprovers.map(approver),
            escalationApprovers: stage.escalationApprovers.map(approver),
          })),
        },
      }
    default:
      return rule satisfies never
  }
}
