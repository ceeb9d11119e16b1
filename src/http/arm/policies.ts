// Policies and their assignments (contract reference, 13.1). Every role at every scope has one of each from the start; both are
// named by the role's GUID, so that a name can be read back without a table.

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import type { RuleEdit } from '../../domain/policy/edit.ts'
import { isGuid, type Privilege } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { listPolicies, type Policy, type PolicyPage, readPolicy } from '../../operations/read-policy.ts'
import { resetPolicy, updatePolicy } from '../../operations/update-policy.ts'
import { readObject, readObjects, readText } from '../fields.ts'
import { type ArmRequest, answered, type Handler, listed, pageSize, type Routes, readToken } from './handler.ts'
import { parseRoleId, roleIdAt } from './role-id.ts'
import { readRule, writeRule } from './rules.ts'
import { aliased, idOf, instant, PRINCIPAL_TYPES, roleType, scopeNames } from './wire.ts'

// NB. an object also where nobody changed anything: clients read its members (quirk 20).
const modifierOf = ({ modifiedBy: by }: Policy) => ({
  id: by?.id ?? null,
  displayName: by?.displayName ?? null,
  type: by ? PRINCIPAL_TYPES[by.kind] : null,
  email: by?.mail ?? by?.upn ?? null,
})

const policyId = (policy: Policy, spelling: string) => idOf(spelling, 'roleManagementPolicies', policy.role.id)

function policyResource(policy: Policy, { spelling, alias }: ArmRequest): object {
  const rules = [...policy.rules.values()].map(writeRule)
  return {
    properties: {
      scope: spelling || '/',
      displayName: null,
      description: null,
      isOrganizationDefault: policy.isOrganizationDefault,
      lastModifiedDateTime: instant(policy.modifiedAt),
      lastModifiedBy: modifierOf(policy),
      rules,
      effectiveRules: rules,
      policyProperties: { scope: scopeNames(spelling, policy.scope) },
    },
    name: policy.role.id,
    id: policyId(policy, aliased(alias, spelling)),
    type: 'Microsoft.Authorization/RoleManagementPolicies',
  }
}

/** Versions whose assignments do not show the rules. */
const BARE: ReadonlySet<string> = new Set(['2020-10-01-preview'])

function assignmentResource(policy: Policy, { spelling, alias, version }: ArmRequest): object {
  const { role } = policy
  const name = `${role.id}_${role.id}`
  const roleId = roleIdAt(spelling, role.id)
  return {
    properties: {
      scope: spelling || '/',
      roleDefinitionId: roleId,
      policyId: policyId(policy, aliased(alias, spelling)),
      ...(BARE.has(version) ? {} : { effectiveRules: [...policy.rules.values()].map(writeRule) }),
      policyAssignmentProperties: {
        scope: scopeNames(spelling, policy.scope),
        roleDefinition: { id: roleId, displayName: role.name, type: roleType(role.builtIn) },
        policy: {
          id: policyId(policy, spelling),
          lastModifiedBy: modifierOf(policy),
          lastModifiedDateTime: instant(policy.modifiedAt),
        },
      },
    },
    name,
    // NB. singular, as the reference prints it (quirk 12).
    id: idOf(aliased(alias, spelling), 'roleManagementPolicyAssignment', name),
    type: 'Microsoft.Authorization/RoleManagementPolicyAssignment',
  }
}

type Writer = (policy: Policy, request: ArmRequest) => object

interface Wanted {
  readonly roles: readonly string[] | null
  readonly mine: boolean
}

/** What a filter asks of policies: `roleDefinitionId eq`, `atScope()`, `asTarget()`, and these joined by `and`. */
function wanted(filter: Filter | null): Result<Wanted> {
  if (filter === null) return ok({ roles: null, mine: false })
  if (filter.t === 'and') {
    return filter.of.reduce<Result<Wanted>>(
      (so, part) => {
        const one = wanted(part)
        if (!so.ok || !one.ok) return so.ok ? one : so
        return ok({ roles: one.value.roles ?? so.value.roles, mine: one.value.mine || so.value.mine })
      },
      ok({ roles: null, mine: false }),
    )
  }
  if (filter.t === 'call' && filter.name === 'atScope') return wanted(null)
  if (filter.t === 'call' && filter.name === 'asTarget') return ok({ roles: null, mine: true })
  if (filter.t === 'compare' && filter.op === 'eq' && filter.path.join('/').toLowerCase() === 'roledefinitionid') {
    const role = parseRoleId(String(filter.value))
    return role.ok ? ok({ roles: [role.value], mine: false }) : refuse(fault('InvalidFilter', { detail: role.fault.words }))
  }
  return refuse(fault('InvalidFilter', { detail: 'policies can be filtered by `roleDefinitionId eq`, `atScope()` and `asTarget()`' }))
}

async function page(request: ArmRequest): Promise<Result<PolicyPage>> {
  const token = readToken(request.options, ['string'])
  if (!token.ok) return token
  const what = wanted(request.options.filter)
  if (!what.ok) return what
  const { deps, call, scope, options } = request
  const after = token.value && String(token.value[0])
  return listPolicies(deps.ctx, call, { plane: 'resource', scope, ...what.value, limit: pageSize(options), after })
}

const list =
  (write: Writer): Handler =>
  async (request) => {
    const found = await page(request)
    if (!found.ok) return found
    const { items, next } = found.value
    const value = items.map((policy) => write(policy, request))
    return listed(request, value, next === null ? null : [next])
  }

/** The privilege that a name means: `{role}` of a policy, `{policy}_{role}` of an assignment. The role decides; the GUID in front of it
 * may be one that a client kept from elsewhere. */
function privilegeOf({ path, scope }: ArmRequest): Result<Privilege> {
  const parts = (path.name ?? '').split('_')
  const role = parts.at(-1) ?? ''
  const whole = parts.length <= 2 && parts.every(isGuid)
  return whole ? ok({ plane: 'resource', scope, role: role.toLowerCase() }) : refuse(fault('ResourceNotFound', { id: path.name ?? '' }))
}

type Work = (request: ArmRequest, privilege: Privilege) => Promise<Result<Policy>>

const one =
  (work: Work, write: Writer | null, status: 200 | 201 = 200): Handler =>
  async (request) => {
    const privilege = privilegeOf(request)
    if (!privilege.ok) return privilege
    const done = await work(request, privilege.value)
    return done.ok ? answered(write?.(done.value, request) ?? null, status) : done
  }

const read: Work = ({ deps, call }, privilege) => readPolicy(deps.ctx, call, privilege)
const reset: Work = ({ deps, call }, privilege) => resetPolicy(deps.ctx, call, privilege)

const patch: Work = async (request, privilege) => {
  const body = await request.body()
  if (!body.ok) return body
  const properties = readObject(body.value, 'properties')
  if (!properties.ok) return properties
  const rules = readObjects(properties.value ?? body.value, 'rules')
  if (!rules.ok) return rules
  const edits: RuleEdit[] = []
  for (const rule of rules.value ?? []) {
    const edit = readRule(rule)
    if (!edit.ok) return edit
    edits.push(edit.value)
  }
  return updatePolicy(request.deps.ctx, request.call, privilege, edits)
}

/** An assignment is always there: putting it changes nothing, but takes the right to, and must name the role it is of. */
const assign: Work = async (request, privilege) => {
  const body = await request.body()
  if (!body.ok) return body
  const properties = readObject(body.value, 'properties')
  if (!properties.ok) return properties
  const sent = readText(properties.value ?? body.value, 'roleDefinitionId')
  if (!sent.ok) return sent
  const role = parseRoleId(sent.value ?? privilege.role)
  if (!role.ok) return role
  if (role.value !== privilege.role)
    return refuse(fault('InvalidPolicy', { detail: 'the `roleDefinitionId` is not the role that the assignment is named for' }))
  return updatePolicy(request.deps.ctx, request.call, privilege, [])
}

export const policyRoutes: Routes = {
  '': { GET: list(policyResource) },
  '{}': { GET: one(read, policyResource), PATCH: one(patch, policyResource), DELETE: one(reset, null) },
}

export const policyAssignmentRoutes: Routes = {
  '': { GET: list(assignmentResource) },
  '{}': { GET: one(read, assignmentResource), PUT: one(assign, assignmentResource, 201), DELETE: one(reset, null) },
}
