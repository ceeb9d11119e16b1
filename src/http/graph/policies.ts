// Policies and policy assignments over Graph (contract reference 4): listed by scope and type, changed whole or rule by rule.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { formatInstant } from '../../domain/time.ts'
import { demanded } from '../../operations/list.ts'
import { listPolicies, type Policy, readPolicy } from '../../operations/read-policy.ts'
import { updatePolicy } from '../../operations/update-policy.ts'
import { readObjects } from '../fields.ts'
import { bodyOf, collection, type Exchange, entity, noContent, pageSize, refused } from './exchange.ts'
import type { GraphOptions } from './odata-options.ts'
import { assignmentId, type PolicyKey, policyId, readPolicyId, type ScopeType, scopeTypeOf } from './policy-ids.ts'
import type { Entity } from './present.ts'
import { readRule, ruleEntity } from './rules.ts'

const tenantOf = (x: Exchange): string => x.deps.ctx.tenant().id
const expands = (options: GraphOptions, name: string): GraphOptions | null =>
  options.expand.find((e) => e.name === '*' || e.name.toLowerCase() === name)?.options ?? null

function policyEntity(x: Exchange, key: PolicyKey, policy: Policy, options: GraphOptions): Entity {
  const rules = [...policy.rules.values()].map(ruleEntity)
  const by = policy.modifiedBy
  const value: Entity = {
    id: policyId(key, tenantOf(x)),
    displayName: key.type,
    description: key.type,
    isOrganizationDefault: policy.isOrganizationDefault,
    scopeId: key.privilege.scope,
    scopeType: key.type,
    lastModifiedDateTime: policy.modifiedAt === null ? null : formatInstant(policy.modifiedAt),
    // NB. never a null object: clients read its members
    lastModifiedBy: { displayName: by?.displayName ?? null, id: by?.id ?? null },
  }
  return {
    ...value,
    ...(expands(options, 'rules') ? { rules } : {}),
    ...(expands(options, 'effectiverules') ? { effectiveRules: rules } : {}),
  }
}

function assignmentEntity(x: Exchange, key: PolicyKey, policy: Policy): Entity {
  const nested = expands(x.options, 'policy')
  return {
    id: assignmentId(key, tenantOf(x)),
    policyId: policyId(key, tenantOf(x)),
    scopeId: key.privilege.scope,
    scopeType: key.type,
    roleDefinitionId: key.privilege.role,
    ...(nested ? { policy: policyEntity(x, key, policy, nested) } : {}),
  }
}

interface Wanted {
  readonly type: ScopeType
  readonly scope: string
  readonly role: string | null
}

/** The filter must name scope and type (contract reference 4). */
function wanted(x: Exchange): Result<Wanted> {
  const need = refuse(fault('InvalidFilter', { detail: "it must say `scopeId eq '…' and scopeType eq '…'`" }))
  const scope = demanded(x.options.filter, 'scopeid')
  const type = scopeTypeOf(demanded(x.options.filter, 'scopetype') ?? '')
  if (scope === null || type === null) return need
  const policy = demanded(x.options.filter, 'policyid')
  const named = policy === null ? null : readPolicyId(policy, tenantOf(x))
  if (named && !named.ok) return named
  return ok({ type, scope, role: demanded(x.options.filter, 'roledefinitionid') ?? named?.value.privilege.role ?? null })
}

async function list(x: Exchange, name: string, write: (key: PolicyKey, policy: Policy) => Entity): Promise<Response> {
  const asked = wanted(x)
  if (!asked.ok) return refused(x, asked.fault)
  const { type, scope, role } = asked.value
  const plane = type === 'Group' ? 'group' : 'directory'
  const after = x.options.skiptoken
  // NB. every role's policy fits a page unless the caller asks for fewer
  const limit = x.options.top === null ? 999 : pageSize(x)
  const page = await listPolicies(x.deps.ctx, x.caller.call, {
    plane,
    scope,
    roles: role === null ? null : [role],
    mine: false,
    limit,
    after,
  })
  if (!page.ok) return refused(x, page.fault)
  return collection(
    x,
    `policies/${name}`,
    page.value.items.map((policy) => write({ type, privilege: policy.privilege }, policy)),
  )
}

async function one(x: Exchange, id: string, name: string, write: (key: PolicyKey, policy: Policy) => Entity): Promise<Response> {
  const key = readPolicyId(id, tenantOf(x))
  if (!key.ok) return refused(x, key.fault)
  const policy = await readPolicy(x.deps.ctx, x.caller.call, key.value.privilege)
  return policy.ok ? entity(x, `policies/${name}`, write(key.value, policy.value)) : refused(x, policy.fault)
}

async function change(x: Exchange, id: string, ruleId: string | null): Promise<Response> {
  const key = readPolicyId(id, tenantOf(x))
  if (!key.ok) return refused(x, key.fault)
  const body = await bodyOf(x)
  if (!body.ok) return refused(x, body.fault)
  const sent = ruleId === null ? readObjects(body.value, 'rules') : ok([body.value])
  if (!sent.ok) return refused(x, sent.fault)
  const edits = []
  for (const item of sent.value ?? []) {
    const edit = readRule(item, ruleId)
    if (!edit.ok) return refused(x, edit.fault)
    edits.push(edit.value)
  }
  const done = await updatePolicy(x.deps.ctx, x.caller.call, key.value.privilege, edits)
  if (!done.ok) return refused(x, done.fault)
  if (ruleId !== null) return noContent(x)
  return entity(x, 'policies/roleManagementPolicies', policyEntity(x, key.value, done.value, { ...x.options, expand: [] }))
}

async function rules(x: Exchange, id: string, collectionName: string, ruleId: string | undefined): Promise<Response> {
  if (x.method === 'PATCH' && ruleId) return change(x, id, ruleId)
  if (x.method !== 'GET') return refused(x, fault('MethodNotAllowed', { method: x.method }))
  const key = readPolicyId(id, tenantOf(x))
  if (!key.ok) return refused(x, key.fault)
  const policy = await readPolicy(x.deps.ctx, x.caller.call, key.value.privilege)
  if (!policy.ok) return refused(x, policy.fault)
  const path = `policies/roleManagementPolicies('${id}')/${collectionName}`
  if (ruleId === undefined) return collection(x, path, [...policy.value.rules.values()].map(ruleEntity))
  const rule = [...policy.value.rules.values()].find((r) => r.id.toLowerCase() === ruleId.toLowerCase())
  return rule ? entity(x, path, ruleEntity(rule)) : refused(x, fault('ResourceNotFound', { id: ruleId }))
}

/** Answers what lies below `/policies`; null for anything else. */
export function handlePolicies(x: Exchange): Promise<Response> | Response | null {
  const [root, name] = x.segments
  if (root?.name !== 'policies' || !name) return null
  const [first, ...below] =
    name.key === undefined ? x.segments.slice(2).map((s) => s) : [{ ...name, raw: name.key }, ...x.segments.slice(2)]
  const wrong = () => refused(x, fault('MethodNotAllowed', { method: x.method }))
  if (name.name === 'rolemanagementpolicyassignments') {
    if (x.method !== 'GET') return wrong()
    const write = (key: PolicyKey, policy: Policy) => assignmentEntity(x, key, policy)
    return first ? one(x, first.raw, 'roleManagementPolicyAssignments', write) : list(x, 'roleManagementPolicyAssignments', write)
  }
  if (name.name !== 'rolemanagementpolicies') return null
  const write = (key: PolicyKey, policy: Policy) => policyEntity(x, key, policy, x.options)
  if (!first) return x.method === 'GET' ? list(x, 'roleManagementPolicies', write) : wrong()
  const [collectionSegment, rule] = below
  if (collectionSegment?.name === 'rules' || collectionSegment?.name === 'effectiverules') {
    const ruleId = collectionSegment.key ?? rule?.raw
    return rules(x, first.raw, collectionSegment.name === 'rules' ? 'rules' : 'effectiveRules', ruleId)
  }
  if (collectionSegment) return null
  if (x.method === 'PATCH') return change(x, first.raw, null)
  return x.method === 'GET' ? one(x, first.raw, 'roleManagementPolicies', write) : wrong()
}
