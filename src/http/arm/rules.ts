// Policy rules as ARM writes them: the discriminator `ruleType`, approvers as `{id, userType}` (contract reference, 13.1).

import { fault } from '../../domain/faults.ts'
import type { RuleEdit } from '../../domain/policy/edit.ts'
import type { Approver, Rule } from '../../domain/policy/rule.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { readBoolean, readGuid, readText, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { readRuleEdit, writeRuleFields } from '../rule-fields.ts'

const invalid = (detail: string) => refuse(fault('InvalidPolicy', { detail }))

// NB. case matters in this one word, as in the reference (behaviour 2.9).
const KINDS: Readonly<Record<string, Approver['kind']>> = { User: 'user', Group: 'group' }
const WORDS: Readonly<Record<Approver['kind'], string>> = { user: 'User', group: 'Group' }

function readApprover(body: JsonObject): Result<Approver> {
  const type = readText(body, 'userType')
  if (!type.ok) return type
  const kind = Object.hasOwn(KINDS, type.value ?? '') ? KINDS[type.value ?? ''] : undefined
  if (!kind) return invalid('the `userType` of an approver is `User` or `Group`, spelt so')
  const id = required(readGuid(body, 'id'), 'id')
  if (!id.ok) return id
  const isBackup = readBoolean(body, 'isBackup')
  if (!isBackup.ok) return isBackup
  const description = readText(body, 'description')
  if (!description.ok) return description
  return ok({ kind, id: id.value, isBackup: isBackup.value ?? false, description: description.value })
}

/** A rule of a body. Fault: `InvalidPolicy` when it does not say which it is. */
export function readRule(body: JsonObject): Result<RuleEdit> {
  const id = readText(body, 'id')
  if (!id.ok) return id
  const type = readText(body, 'ruleType')
  if (!type.ok) return type
  const kind = /^RoleManagementPolicy(\w+)Rule$/i.exec(type.value?.trim() ?? '')?.[1]
  if (!id.value || !kind) return invalid('each rule needs its `id` and its `ruleType`')
  return readRuleEdit(body, id.value, kind, readApprover)
}

const approver = (a: Approver) => ({ id: a.id, description: a.description, isBackup: a.isBackup, userType: WORDS[a.kind] })

/** A rule on the wire. */
export const writeRule = (rule: Rule): object => ({
  ...writeRuleFields(rule, approver),
  ...(rule.kind === 'AuthenticationContext' ? { claimValue: rule.claimValue ?? '' } : {}),
  id: rule.id,
  ruleType: `RoleManagementPolicy${rule.kind}Rule`,
  target: {
    caller: rule.caller,
    operations: ['All'],
    level: rule.level,
    targetObjects: null,
    inheritableSettings: null,
    enforcedSettings: null,
  },
})
