// Policy rules as Graph writes them: a discriminator by type, subject sets for approvers (contract reference 4.1, 4.2).

import { fault } from '../../domain/faults.ts'
import type { RuleEdit } from '../../domain/policy/edit.ts'
import type { Approver, Rule } from '../../domain/policy/rule.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { readBoolean, readGuid, readText } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { readRuleEdit, writeRuleFields } from '../rule-fields.ts'
import type { Entity } from './present.ts'

const TYPE = '#microsoft.graph.unifiedRoleManagementPolicy'

const writeApprover = (a: Approver): Entity => ({
  '@odata.type': a.kind === 'user' ? '#microsoft.graph.singleUser' : '#microsoft.graph.groupMembers',
  isBackup: a.isBackup,
  description: a.description,
  [a.kind === 'user' ? 'userId' : 'groupId']: a.id,
})

const KINDS: Readonly<Record<string, Approver['kind']>> = { singleuser: 'user', groupmembers: 'group' }

/** A subject set. `id` stands for `userId` and `groupId`, as the published pages print it. */
function readApprover(body: JsonObject): Result<Approver> {
  const type = readText(body, '@odata.type')
  if (!type.ok) return type
  const kind = KINDS[(type.value ?? '').replace(/^#?microsoft\.graph\./i, '').toLowerCase()]
  if (!kind) return refuse(fault('InvalidPolicy', { detail: 'an approver is a `singleUser` or `groupMembers`: name it by `@odata.type`' }))
  const named = readGuid(body, kind === 'user' ? 'userId' : 'groupId')
  if (!named.ok) return named
  const id = named.value === null ? readGuid(body, 'id') : named
  if (!id.ok) return id
  if (id.value === null) return refuse(fault('InvalidPolicy', { detail: `an approver needs its \`${kind}Id\`` }))
  const isBackup = readBoolean(body, 'isBackup')
  if (!isBackup.ok) return isBackup
  const description = readText(body, 'description')
  if (!description.ok) return description
  return ok({ kind, id: id.value, isBackup: isBackup.value ?? false, description: description.value })
}

/** A rule of a body; its id from the path, else its own. Fault: `InvalidPolicy` when its type is missing. */
export function readRule(body: JsonObject, pathId: string | null): Result<RuleEdit> {
  const own = readText(body, 'id')
  if (!own.ok) return own
  const id = pathId ?? own.value
  if (id === null) return refuse(fault('InvalidPolicy', { detail: 'a rule needs its `id`' }))
  const type = readText(body, '@odata.type')
  if (!type.ok) return type
  if (type.value === null) return refuse(fault('InvalidPolicy', { detail: `rule \`${id}\` needs its \`@odata.type\`` }))
  const kind = /^#?microsoft\.graph\.unifiedRoleManagementPolicy(\w+)Rule$/i.exec(type.value)?.[1]
  if (!kind) return refuse(fault('InvalidPolicy', { detail: `\`${type.value.slice(0, 80)}\` is no type of rule` }))
  return readRuleEdit(body, id, kind, readApprover)
}

/** A rule as an entity. */
export const ruleEntity = (rule: Rule): Entity => ({
  '@odata.type': `${TYPE}${rule.kind}Rule`,
  id: rule.id,
  target: { caller: rule.caller, operations: ['All'], level: rule.level, inheritableSettings: [], enforcedSettings: [] },
  ...writeRuleFields(rule, writeApprover),
})
