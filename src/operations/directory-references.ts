// Members and owners of groups, and holders of directory roles, as the directory's own paths write them: side doors, all of them (D7).
// The judgement is that of `outside.ts`; here is only what these paths call its answers.

import { REFERENCE_PERMISSIONS } from '../domain/access/directory-needs.ts'
import { type Fault, fault } from '../domain/faults.ts'
import type { Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Call, Ctx } from './context.ts'
import { readObject } from './list-directory.ts'
import { type AssignedOutside, assignOutside, removeOutside } from './outside.ts'

export interface Reference {
  readonly groupId: string
  readonly role: 'member' | 'owner'
  readonly principalId: string
  /** May the group hold roles, where that is known already? */
  readonly assignableToRole?: boolean
}

/** What these paths call the refusals of an assignment. */
const named = (f: Fault, property: string, principalId: string): Fault => {
  if (f.code === 'RoleAssignmentExists') return fault('ReferenceExists', { property })
  return f.code === 'SubjectNotFound' || f.code === 'RoleAssignmentDoesNotExist' ? fault('ResourceNotFound', { id: principalId }) : f
}

const PIM = 'PrivilegedAccess.ReadWrite.AzureADGroup'

/**
 * A program as it stands here: by its permissions for groups it may write who is in ordinary ones, and they open nothing else (contract
 * reference 9); where the group may hold roles, only the permission to give roles counts, not the one for requests (behaviour 9.4).
 */
async function acting(ctx: Ctx, call: Call, { groupId, role, assignableToRole }: Reference): Promise<Call> {
  const { actor } = call
  if (actor.t !== 'app') return call
  // It never changes, so it can be looked at before the judgement.
  const group = assignableToRole === undefined ? await readObject(ctx, call, ['group'], { property: 'id', value: groupId }) : null
  const others = actor.permissions.filter((p) => p !== PIM)
  if (assignableToRole ?? (!group?.ok || group.value.assignableToRole)) return { ...call, actor: { ...actor, permissions: others } }
  if (!others.some((p) => REFERENCE_PERMISSIONS[role].includes(p))) return call
  return { ...call, actor: { ...actor, permissions: [...others, PIM] } }
}

const PLAIN = { name: null, condition: null, conditionVersion: null, description: null }
const privilegeOf = ({ groupId, role }: Reference): Privilege => ({ plane: 'group', scope: groupId, role })

/** Adds a member or an owner. Faults: `ReferenceExists`, `ResourceNotFound`, and those of `assignOutside`. */
export async function addReference(ctx: Ctx, call: Call, reference: Reference): Promise<Result<true>> {
  const { principalId, role } = reference
  const as = await acting(ctx, call, reference)
  const done = await assignOutside(ctx, as, { privilege: privilegeOf(reference), principalId, ...PLAIN })
  return done.ok ? ok(true) : refuse(named(done.fault, `${role}s`, principalId))
}

/** Takes a member or an owner out, however they came in. Faults: `ResourceNotFound`, and those of `removeOutside`. */
export async function removeReference(ctx: Ctx, call: Call, reference: Reference): Promise<Result<true>> {
  const as = await acting(ctx, call, reference)
  const done = await removeOutside(ctx, as, { privilege: privilegeOf(reference), principalId: reference.principalId, scheduleId: null })
  return done.ok ? ok(true) : refuse(named(done.fault, `${reference.role}s`, reference.principalId))
}

/** Gives a directory role for good. Faults: `ReferenceExists`, `ResourceNotFound`, and those of `assignOutside`. */
export async function assignRole(ctx: Ctx, call: Call, privilege: Privilege, principalId: string): Promise<Result<AssignedOutside>> {
  const done = await assignOutside(ctx, call, { privilege, principalId, ...PLAIN })
  return done.ok ? done : refuse(named(done.fault, 'members', principalId))
}

/** Takes a directory role away; of one assignment, or all of this holder's. Faults: `ResourceNotFound`, and those of `removeOutside`. */
export async function unassignRole(
  ctx: Ctx,
  call: Call,
  privilege: Privilege,
  principalId: string,
  scheduleId: string | null,
): Promise<Result<true>> {
  const done = await removeOutside(ctx, call, { privilege, principalId, scheduleId })
  return done.ok ? ok(true) : refuse(named(done.fault, 'members', scheduleId ?? principalId))
}
