// Policies and policy assignments over Graph (contract reference 4): listed by scope and type, changed whole or rule by rule.

import { fault } from '../../domain/faults.ts'
import type { Rule } from '../../domain/policy/rule.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { formatInstant } from '../../domain/time.ts'
import { demanded } from '../../operations/list.ts'
import { listPolicies, type Policy, readPolicy } from '../../operations/read-policy.ts'
import { resetPolicy, updatePolicy } from '../../operations/update-policy.ts'
import { readObjects } from '../fields.ts'
import { PIM_AREAS } from './areas.ts'
import { bodyOf, collection, type Exchange, entity, noContent, pageSize, refused, text } from './exchange.ts'
import type { GraphOptions } from './odata-options.ts'
import type { Area } from './permissions.ts'
import { assignmentId, type PolicyKey, policyId, readPolicyId, type ScopeType, scopeTypeOf } from './policy-ids.ts'
import type { Entity } from './present.ts'
import { type Route, route } from './router.ts'
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
  const policy = demanded(x.options.filter, 'policyid')
  const named = policy === null ? null : readPolicyId(policy, tenantOf(x))
  if (named && !named.ok) return named
  // A policy's id says where it is kept.
  const scope = demanded(x.options.filter, 'scopeid') ?? named?.value.privilege.scope ?? null
  const type = scopeTypeOf(demanded(x.options.filter, 'scopetype') ?? named?.value.type ?? '')
  if (scope === null || type === null) return need
  return ok({ type, scope, role: demanded(x.options.filter, 'roledefinitionid') ?? named?.value.privilege.role ?? null })
}

async function page(
  x: Exchange,
): Promise<Result<{ readonly type: ScopeType; readonly items: readonly Policy[]; readonly next: string | null }>> {
  const asked = wanted(x)
  if (!asked.ok) return asked
  const { type, scope, role } = asked.value
  const found = await listPolicies(x.deps.ctx, x.caller.call, {
    plane: type === 'Group' ? 'group' : 'directory',
    scope,
    roles: role === null ? null : [role],
    mine: false,
    // NB. every role's policy fits a page unless the caller asks for fewer
    limit: x.options.top === null ? 999 : pageSize(x),
    after: x.options.skiptoken,
  })
  return found.ok ? ok({ type, ...found.value }) : found
}

async function list(x: Exchange, name: string, write: (key: PolicyKey, policy: Policy) => Entity): Promise<Response> {
  const found = await page(x)
  if (!found.ok) return refused(x, found.fault)
  const { type, items, next } = found.value
  const values = items.map((policy) => write({ type, privilege: policy.privilege }, policy))
  const counted = x.options.count ? await total(x) : ok(null)
  if (!counted.ok) return refused(x, counted.fault)
  return collection(x, `policies/${name}`, values, next, counted.value)
}

/** All that the filter leaves, whatever the page: they fit one. */
async function total(x: Exchange): Promise<Result<number>> {
  const found = await page({ ...x, options: { ...x.options, top: null, skiptoken: null } })
  return found.ok ? ok(found.value.items.length) : found
}

async function countAll(x: Exchange): Promise<Response> {
  const found = await total(x)
  return found.ok ? text(x, String(found.value)) : refused(x, found.fault)
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

/** Forgets what was changed: the defaults hold again (D14). */
async function reset(x: Exchange, id: string): Promise<Response> {
  const key = readPolicyId(id, tenantOf(x))
  if (!key.ok) return refused(x, key.fault)
  const done = await resetPolicy(x.deps.ctx, x.caller.call, key.value.privilege)
  return done.ok ? noContent(x) : refused(x, done.fault)
}

async function rulesOf(x: Exchange, id: string): Promise<Result<readonly Rule[]>> {
  const key = readPolicyId(id, tenantOf(x))
  if (!key.ok) return key
  const policy = await readPolicy(x.deps.ctx, x.caller.call, key.value.privilege)
  return policy.ok ? ok([...policy.value.rules.values()]) : policy
}

async function rules(x: Exchange, id: string, name: string, ruleId: string | undefined): Promise<Response> {
  const found = await rulesOf(x, id)
  if (!found.ok) return refused(x, found.fault)
  const path = `policies/roleManagementPolicies('${id}')/${name}`
  if (ruleId === undefined) return collection(x, path, found.value.map(ruleEntity))
  const rule = found.value.find((r) => r.id.toLowerCase() === ruleId.toLowerCase())
  return rule ? entity(x, path, ruleEntity(rule)) : refused(x, fault('ResourceNotFound', { id: ruleId }))
}

async function countRules(x: Exchange, id: string): Promise<Response> {
  const found = await rulesOf(x, id)
  return found.ok ? text(x, String(found.value.length)) : refused(x, found.fault)
}

const idIn = (x: Exchange): string => x.at.keys[0]?.value ?? ''

const policies = (x: Exchange) => list(x, 'roleManagementPolicies', (key, policy) => policyEntity(x, key, policy, x.options))
const assignments = (x: Exchange) => list(x, 'roleManagementPolicyAssignments', (key, policy) => assignmentEntity(x, key, policy))

/** A policy id speaks of directory roles or of a group, and so does the filter of a list. */
const area = (x: Omit<Exchange, 'at'>): Area => {
  const named = x.segments[1]?.key ?? x.segments[2]?.raw ?? ''
  const type = /_/.test(named) ? named : (demanded(x.options.filter, 'scopetype') ?? '')
  return PIM_AREAS[/^group(?:_|$)/i.test(type) ? 'group' : 'directory'].policies
}

const rulesAt = (path: string, name: 'rules' | 'effectiveRules', edit: boolean): readonly Route[] => [
  route(path, area, { GET: (x) => rules(x, idIn(x), name, undefined) }),
  route(`${path}/$count`, area, { GET: (x) => countRules(x, idIn(x)) }),
  route(`${path}/{id}`, area, {
    GET: (x) => rules(x, idIn(x), name, x.at.keys[1]?.value),
    ...(edit ? { PATCH: (x: Exchange) => change(x, idIn(x), x.at.keys[1]?.value ?? '') } : {}),
  }),
]

const POLICIES = 'policies/rolemanagementpolicies'
const ASSIGNMENTS = 'policies/rolemanagementpolicyassignments'

/** The rows of `/policies`. */
export const policyRoutes: readonly Route[] = [
  route(POLICIES, area, { GET: policies }),
  route(`${POLICIES}/$count`, area, { GET: countAll }),
  route(`${POLICIES}/{id}`, area, {
    GET: (x) => one(x, idIn(x), 'roleManagementPolicies', (key, policy) => policyEntity(x, key, policy, x.options)),
    PATCH: (x) => change(x, idIn(x), null),
    DELETE: (x) => reset(x, idIn(x)),
  }),
  ...rulesAt(`${POLICIES}/{id}/rules`, 'rules', true),
  // What is effective is what was set: nothing is inherited here.
  ...rulesAt(`${POLICIES}/{id}/effectiverules`, 'effectiveRules', false),
  route(ASSIGNMENTS, area, { GET: assignments }),
  route(`${ASSIGNMENTS}/$count`, area, { GET: countAll }),
  route(`${ASSIGNMENTS}/{id}`, area, {
    GET: (x) => one(x, idIn(x), 'roleManagementPolicyAssignments', (key, policy) => assignmentEntity(x, key, policy)),
  }),
  route(`${ASSIGNMENTS}/{id}/policy`, area, {
    GET: (x) => one(x, idIn(x), 'roleManagementPolicies', (key, policy) => policyEntity(x, key, policy, x.options)),
  }),
]
