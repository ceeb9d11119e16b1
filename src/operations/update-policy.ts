// Changes rules of a policy, or resets it to its defaults (D14). Authority, judgement, row and event are one transaction.

import type { Event } from '../domain/audit/event.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { mergeRules } from '../domain/policy/defaults.ts'
import { changedValues, editRules, type RuleEdit } from '../domain/policy/edit.ts'
import type { Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { clearPolicy, lockPolicy, type StoredPolicy, selectPolicies, writePolicy } from '../store/policies.ts'
import type { Sql } from '../store/sql.ts'
import { manageScopes } from '../store/tenant-rows.ts'
import { authorize } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { rulesKeepAble } from './keep-able.ts'
import { type Policy, policyOf } from './read-policy.ts'

interface Told {
  readonly kind: 'change' | 'refusal'
  readonly action: 'updatePolicy' | 'resetPolicy'
  readonly reason: string | null
  readonly data: Event['data']
}

const eventOf = (ctx: Ctx, call: Call, p: Privilege, now: Instant, told: Told): Event => ({
  id: ctx.ids(),
  at: now,
  machine: null,
  from: null,
  to: null,
  subject: 'policy',
  subjectId: `${p.plane}|${p.scope}|${p.role}`,
  actorKind: call.actor.t,
  actorId: call.actor.t === 'system' ? null : call.actor.id,
  ...p,
  principalId: null,
  level: null,
  requestId: null,
  correlationId: call.correlationId,
  ...told,
})

interface Held {
  readonly tx: Sql
  readonly at: Privilege
  readonly policy: Policy
  readonly row: StoredPolicy
}

/** Runs `work` on the policy under its lock, with authority; a refusal is recorded and nothing else is written. */
async function change(
  ctx: Ctx,
  call: Call,
  privilege: Privilege,
  action: Told['action'],
  work: (held: Held) => Promise<Result<Event['data']>>,
): Promise<Result<Policy>> {
  const plane = planeOf(privilege)
  const at: Privilege = { plane: plane.id, scope: plane.policyScope(privilege.scope), role: privilege.role.toLowerCase() }
  return ctx.db.transaction(async (tx) => {
    await lockPolicy(tx, at)
    const now = ctx.now()
    const stored = async () => (await selectPolicies(tx, { ...at, roles: [at.role], limit: 1, after: null }))[0]
    const told = (kind: Told['kind'], reason: string | null, data: Event['data']) =>
      record(tx, [eventOf(ctx, call, at, now, { kind, action, reason, data })], now)
    const refused = async (f: Fault): Promise<Result<Policy>> => {
      if (f.code !== 'ResourceNotFound' && f.code !== 'RoleNotFound') await told('refusal', f.words, { code: f.code })
      return refuse(f)
    }
    const allowed = await authorize(ctx, tx, call, at, (scope) => plane.administer(scope))
    if (!allowed.ok) return refused(allowed.fault)
    const row = await stored()
    if (!row) return refuse(fault('RoleNotFound', { id: at.role }))
    const done = await work({ tx, at, policy: policyOf(plane.id, row), row })
    if (!done.ok) return refused(done.fault)
    // What changes no value is no change: neither written nor told.
    if (Object.keys(done.value).length === 0) return ok(policyOf(plane.id, row))
    // Behaviour 2.3 rule 11: the first change brings a group under management.
    if (plane.managedByUse) await manageScopes(tx, plane.id, [at.scope], now)
    await told('change', null, done.value)
    const after = await stored()
    return ok(policyOf(plane.id, after ?? row))
  })
}

/**
 * Merges changed rules into a policy by their ids; the others stay. Faults: `Forbidden`, `ResourceNotFound` (scope or rule),
 * `RoleNotFound`, `InvalidPolicy`, `MfaAndAcrsConflict`, `LastAbleAdministrator`.
 */
export const updatePolicy = (ctx: Ctx, call: Call, privilege: Privilege, edits: readonly RuleEdit[]): Promise<Result<Policy>> =>
  change(ctx, call, privilege, 'updatePolicy', async ({ tx, at, policy, row }) => {
    const edited = editRules(policy.rules, edits, at.plane)
    if (!edited.ok) return edited
    const values = changedValues(policy.rules, edited.value)
    if (Object.keys(values).length === 0) return ok(values)
    const able = await rulesKeepAble(tx, ctx.now(), at, mergeRules([...policy.rules.values()], edited.value))
    if (!able.ok) return able
    const ids = new Set(edited.value.map((rule) => rule.id))
    const changed = [...(row.changed ?? []).filter((rule) => !ids.has(rule.id)), ...edited.value]
    const by = call.actor.t === 'system' ? null : call.actor.id
    await writePolicy(tx, at, changed, by, ctx.now())
    return ok(values)
  })

/** Resets a policy to its plane's defaults. Faults: as `updatePolicy`. */
export const resetPolicy = (ctx: Ctx, call: Call, privilege: Privilege): Promise<Result<Policy>> =>
  change(ctx, call, privilege, 'resetPolicy', async ({ tx, at, policy, row }) => {
    const defaults = policyOf(at.plane, { ...row, changed: null })
    const able = await rulesKeepAble(tx, ctx.now(), at, defaults.rules)
    if (!able.ok) return able
    await clearPolicy(tx, at)
    return ok(changedValues(policy.rules, [...defaults.rules.values()]))
  })
