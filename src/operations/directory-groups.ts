// Groups, written (contract reference 9, behaviour 9.4). Whether a group may hold roles is said once, when it is made. Its first owners
// and members are assigned past the front door, in the same transaction: all of it stands, or nothing.

import { createGroups, WRITE_UNITS, writeGroup } from '../domain/access/directory-needs.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { addPrincipals } from '../store/directory-rows.ts'
import { addUnitMember, lockUnit } from '../store/directory-units.ts'
import { countAssignable, updatePrincipal } from '../store/directory-writes.ts'
import { holdLock, lockPrincipal } from '../store/enabled.ts'
import { laneWithin } from '../store/lane-within.ts'
import type { DirectoryObject } from '../store/list-directory.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import { authorize } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { invalid, mayWrite, missing, nameObjection, readBack, SAME_NAME } from './directory-common.ts'
import { addReference } from './directory-references.ts'

/** Role-assignable groups a tenant may have (behaviour 9.4). */
const MOST_ASSIGNABLE = 500

export interface GroupEdit {
  readonly displayName?: string
  /** Said once, when the group is made; an edit may only repeat it. */
  readonly assignableToRole?: boolean
  readonly attributes: Readonly<Record<string, string | boolean | readonly string[] | null>>
}

export type NewGroup = GroupEdit & {
  readonly displayName: string
  readonly assignableToRole: boolean
  readonly members: readonly string[]
  readonly owners: readonly string[]
}

const NICKNAME = /^[^\s@()\\[\]";:<>,]{1,64}$/

function objection({ displayName, attributes }: GroupEdit): string | null {
  const name = displayName === undefined ? null : nameObjection(displayName)
  if (name !== null) return name
  const { mailNickname, groupTypes } = attributes
  if (typeof mailNickname === 'string' && !NICKNAME.test(mailNickname)) return '`mailNickname` must have 1 to 64 characters of an address'
  if (Array.isArray(groupTypes) && groupTypes.some((type) => !/^unified$/i.test(type)))
    return 'membership by rules is not offered: `groupTypes` may be empty or hold `Unified`'
  return null
}

function newObjection(group: NewGroup): string | null {
  const wrong = objection(group)
  if (wrong !== null) return wrong
  const { mailNickname, mailEnabled, securityEnabled } = group.attributes
  if (typeof mailNickname !== 'string') return 'a value is required for property `mailNickname`'
  if (mailEnabled === false && securityEnabled === false) return 'a group is enabled for mail, for security, or for both'
  if (group.assignableToRole && securityEnabled === false) return 'a group that may hold roles is enabled for security'
  return null
}

/**
 * Adds a group with its first owners and members; into an administrative unit, if one is named. Faults: `Forbidden`, `InvalidObject`, `QuotaExceeded`, `ResourceNotFound`, and those of
 * `assignOutside`.
 */
export function createGroup(ctx: Ctx, call: Call, group: NewGroup, unit: string | null = null): Promise<Result<DirectoryObject>> {
  const id = ctx.ids()
  const about = { subject: 'principal', subjectId: id, action: 'createGroup', principalId: id }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<DirectoryObject>>> => {
    const wrong = newObjection(group)
    if (wrong !== null) return invalid(wrong)
    if (group.assignableToRole) {
      await holdLock(tx, 'assignable-groups')
      if ((await countAssignable(tx)) >= MOST_ASSIGNABLE) return refuse(fault('QuotaExceeded', { limit: MOST_ASSIGNABLE }))
    }
    const { displayName, assignableToRole, attributes } = group
    await addPrincipals(tx, [{ id, kind: 'group', displayName, assignableToRole, attributes }], now)
    if (unit !== null && !(await lockUnit(tx, unit))) return missing(unit)
    if (unit !== null) await addUnitMember(tx, unit, id, now)
    // Nobody else can know of the group before this is committed, so the lane's locks are not missed.
    const within: Ctx = { ...ctx, lane: laneWithin(tx, ctx.settings(), now), now: () => now }
    for (const [role, ids] of [
      ['owner', group.owners],
      ['member', group.members],
    ] as const)
      for (const principalId of new Set(ids)) {
        const added = await addReference(within, call, { groupId: id, role, principalId, assignableToRole })
        if (!added.ok) return added
      }
    const data = { name: displayName, assignableToRole, ...(unit === null ? {} : { unit }) }
    return ok({ value: await readBack(tx, 'group', id, ctx), told: { ...about, data } })
  }
  const allowed = async (tx: Sql) => {
    const may = await mayWrite(ctx, call, createGroups(group.assignableToRole))(tx)
    return may.ok && unit !== null ? mayWrite(ctx, call, WRITE_UNITS)(tx) : may
  }
  return administer(ctx, call, about, edit, SAME_NAME, null, allowed)
}

/** May the caller write this group: by a role, or as its owner (behaviour 9.3)? */
export const mayWriteGroup = (ctx: Ctx, call: Call, id: string) => (tx: Sql) =>
  authorize(ctx, tx, call, { plane: 'group', scope: id }, (scope) => writeGroup(scope.assignableToRole))

/** Changes a group. Faults: `Forbidden`, `ResourceNotFound`, `InvalidObject`. */
export function updateGroup(ctx: Ctx, call: Call, id: string, sent: GroupEdit): Promise<Result<true>> {
  const about = { subject: 'principal', subjectId: id, action: 'updateGroup', principalId: id }
  const edit = async (tx: Sql): Promise<Result<Edit<true>>> => {
    if ((await lockPrincipal(tx, id))?.kind !== 'group') return missing(id)
    const wrong = objection(sent)
    if (wrong !== null) return invalid(wrong)
    const { assignableToRole } = await readBack(tx, 'group', id, ctx)
    if ((sent.assignableToRole ?? assignableToRole) !== assignableToRole)
      return invalid('`isAssignableToRole` is said once, when the group is made')
    const fields = [...(sent.displayName === undefined ? [] : ['displayName']), ...Object.keys(sent.attributes)]
    if (fields.length === 0) return ok({ value: true, told: null })
    await updatePrincipal(tx, id, sent)
    return ok({ value: true, told: { ...about, data: { fields: fields.join(',') } } })
  }
  return administer(ctx, call, about, edit, SAME_NAME, null, mayWriteGroup(ctx, call, id))
}
