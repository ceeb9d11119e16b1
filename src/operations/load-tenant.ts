// A parsed tenant file → an installation, as a whole or not at all. What the file found in place comes in with an event each;
// everything else goes through the one door, as the system's import; settings hold from then on.

import type { SystemActor } from '../domain/access/actor.ts'
import { fault } from '../domain/faults.ts'
import type { Privilege } from '../domain/privilege.ts'
import { type Ask, PLAIN_ASK } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { addSchedule } from '../domain/schedule/moves.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { addDuration, type Instant, parseDuration } from '../domain/time.ts'
import { apply, record } from '../store/apply.ts'
import { laneWithin } from '../store/lane-within.ts'
import type { Sql } from '../store/sql.ts'
import { addContexts, addPolicies, addTenant, manageScopes, selectInstallation } from '../store/tenant-rows.ts'
import { Refusal } from './carried-refusal.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { addDirectory } from './load-directory.ts'
import { addTargets } from './load-targets.ts'
import { DIRECTORY_ROLES, RESOURCE_ROLES } from './role-catalogue.ts'
import { submitRequest } from './submit-request.ts'
import type { FileAssignment, TenantFile } from './tenant-file.ts'
import { changedRules } from './tenant-policies.ts'

const IMPORT: SystemActor = { t: 'system', part: 'import' }

export interface Loaded {
  readonly people: number
  readonly groups: number
  readonly assignments: number
  readonly policies: number
}

/** Loads a tenant into an empty installation. Faults: `InvalidTenantFile`. */
export async function loadTenant(ctx: Ctx, file: TenantFile, sample = false): Promise<Result<Loaded>> {
  try {
    return ok(await ctx.db.transaction((tx) => load(ctx, tx, file, sample)))
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.fault)
    throw error
  }
}

async function load(ctx: Ctx, tx: Sql, file: TenantFile, sample: boolean): Promise<Loaded> {
  const now = ctx.now()
  const call: Call = { actor: IMPORT, correlationId: ctx.ids() }
  // INVARIANT: one load at a time; it also stands in for the locks of the lane.
  await tx.query('lock table tenant in exclusive mode')
  const there = await selectInstallation(tx)
  if (there) throw refused(`this installation holds the tenant \`${there.displayName}\` already: load into an empty one`)
  await addTenant(tx, { id: file.tenant.id, displayName: file.tenant.name, domains: file.tenant.domains }, sample)
  await addContexts(tx, file.authenticationContexts)
  await addDirectory(tx, file, now)
  const managed = file.groups.filter((group) => group.managed).map((group) => group.id)
  await manageScopes(tx, 'group', managed, now)

  const assignments = [...file.assignments, ...memberships(file)]
  for (const found of assignments.filter((a) => a.source === 'outside')) {
    const schedule = outside(ctx, found, now)
    await apply(tx, [addSchedule(errandOf(ctx, call, now), schedule, 'import', found.justification)], now)
  }
  const within: Ctx = { ...ctx, lane: laneWithin(tx, ctx.settings(), now), now: () => now }
  for (const given of assignments.filter((a) => a.source === 'assigned')) {
    const answer = await submitRequest(within, call, askOf(given))
    if (!answer.ok) throw refused(`\`${given.privilege.role}\` for \`${given.principal.id}\`: ${answer.fault.words}`)
  }
  const policies = file.settings.map((setting) => ({ ...setting.privilege, changed: changedRules(setting, roleOf(setting.privilege)) }))
  await addPolicies(tx, policies, now)
  const unbound = await addTargets(within, tx, call, file, now)
  if (unbound) throw refused(unbound.words)
  const targets = file.targets.map(({ name, connector }) => targetEvent(ctx, call, name, connector, now))
  await record(tx, [tenantEvent(ctx, call, file, now), ...policies.map((p) => policyEvent(ctx, call, p, now)), ...targets], now)
  return { people: file.people.length, groups: file.groups.length, assignments: assignments.length, policies: policies.length }
}

const refused = (detail: string) => new Refusal(fault('InvalidTenantFile', { detail }))

/** Members and owners as assignments: given through the door where the group is managed here, else found in place. */
const memberships = (file: TenantFile): readonly FileAssignment[] =>
  file.groups.flatMap((group) => {
    const source = group.managed ? ('assigned' as const) : ('outside' as const)
    const hold = (role: 'member' | 'owner') => (principal: FileAssignment['principal']) => ({
      principal,
      privilege: { plane: 'group' as const, scope: group.id, role },
      level: 'active' as const,
      end: null,
      source,
      justification: null,
    })
    return [...group.members.map(hold('member')), ...group.owners.map(hold('owner'))]
  })

function outside(ctx: Ctx, found: FileAssignment, now: Instant): ScheduleFact {
  const id = ctx.ids()
  const length = found.end === null ? null : parseDuration(found.end)
  return {
    id,
    name: id,
    privilege: found.privilege,
    principalId: found.principal.id,
    level: 'Assignment',
    source: 'Outside',
    status: 'Provisioned',
    window: { start: now, end: length?.ok ? addDuration(now, length.value) : null },
    createdAt: now,
    requestId: null,
    modifiedAt: null,
    condition: null,
    conditionVersion: null,
    description: null,
    basis: null,
  }
}

const askOf = (given: FileAssignment): Ask => ({
  ...PLAIN_ASK,
  privilege: given.privilege,
  level: given.level === 'eligible' ? 'Eligibility' : 'Assignment',
  action: 'adminAssign',
  principalId: given.principal.id,
  schedule: { start: null, type: given.end === null ? 'NoExpiration' : 'AfterDuration', duration: given.end, end: null },
  justification: given.justification ?? 'from the tenant file',
})

function roleOf({ role }: Privilege) {
  const found = [...DIRECTORY_ROLES, ...RESOURCE_ROLES].find(({ id }) => id === role)
  return { id: role, name: found?.name ?? role }
}

const NOTHING = { machine: null, from: null, to: null, principalId: null, level: null, requestId: null } as const
const OF_IMPORT = { kind: 'change', actorKind: 'system', actorId: null, action: 'import', ...NOTHING } as const

const tenantEvent = (ctx: Ctx, call: Call, { tenant }: TenantFile, at: Instant) => ({
  ...OF_IMPORT,
  id: ctx.ids(),
  at,
  subject: 'tenant',
  subjectId: tenant.id,
  plane: null,
  scope: null,
  role: null,
  correlationId: call.correlationId,
  reason: null,
  data: { name: tenant.name },
})

const policyEvent = (ctx: Ctx, call: Call, p: Privilege & { readonly changed: readonly { readonly id: string }[] }, at: Instant) => ({
  ...OF_IMPORT,
  id: ctx.ids(),
  at,
  subject: 'policy',
  subjectId: `${p.plane}|${p.scope}|${p.role}`,
  plane: p.plane,
  scope: p.scope,
  role: p.role,
  correlationId: call.correlationId,
  reason: null,
  data: { rules: p.changed.map(({ id }) => id).join(',') },
})

const targetEvent = (ctx: Ctx, call: Call, name: string, kind: string, at: Instant) => ({
  ...OF_IMPORT,
  id: ctx.ids(),
  at,
  subject: 'target',
  subjectId: name,
  plane: null,
  scope: null,
  role: null,
  correlationId: call.correlationId,
  reason: null,
  data: { name, kind },
})
