// People, written (contract reference 9). Disabling somebody ends their access as it always does; a password is nobody's business here.

import { WRITE_USERS } from '../domain/access/directory-needs.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { addPrincipals } from '../store/directory-rows.ts'
import { updatePrincipal, wouldCircle, writeManager } from '../store/directory-writes.ts'
import { kindOf, lockPrincipal } from '../store/enabled.ts'
import type { DirectoryObject } from '../store/list-directory.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import type { Call, Ctx } from './context.ts'
import { invalid, mayWrite, mayWriteUser, missing, nameObjection, readBack, SAME_NAME } from './directory-common.ts'
import { GUARD_LOCK } from './query-of.ts'
import { enableWithin } from './set-principal-enabled.ts'

export interface UserEdit {
  readonly displayName?: string
  readonly upn?: string
  readonly enabled?: boolean
  readonly mail?: string | null
  /** Further properties by their wire names; null takes one away. */
  readonly attributes: Readonly<Record<string, string | readonly string[] | null>>
}

export type NewUser = UserEdit & { readonly displayName: string; readonly upn: string; readonly enabled: boolean }

const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@([a-z\d.-]{1,190})$/i

/** Why an edit cannot stand, or null. A name is of one of the tenant's domains, so that nobody answers to somebody else's. */
function objection(ctx: Ctx, { displayName, upn }: UserEdit): string | null {
  const name = displayName === undefined ? null : nameObjection(displayName)
  if (name !== null || upn === undefined) return name
  const domain = ADDRESS.exec(upn)?.[1]?.toLowerCase()
  const { domains } = ctx.tenant()
  if (domain === undefined || !domains.some((d) => d.toLowerCase() === domain))
    return `\`userPrincipalName\` must be a name in one of the tenant's domains: ${domains.join(', ')}`
  return null
}

/** Adds a person. Faults: `Forbidden`, `InvalidObject`, `ObjectConflict`. */
export function createUser(ctx: Ctx, call: Call, user: NewUser): Promise<Result<DirectoryObject>> {
  const id = ctx.ids()
  const about = { subject: 'principal', subjectId: id, action: 'createUser', principalId: id }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<DirectoryObject>>> => {
    const wrong = objection(ctx, user)
    if (wrong !== null) return invalid(wrong)
    const { displayName, upn, enabled, mail = null, attributes } = user
    await addPrincipals(tx, [{ id, kind: 'user', displayName, upn, mail, enabled, attributes }], now)
    return ok({ value: await readBack(tx, 'user', id, ctx), told: { ...about, data: { name: upn, enabled } } })
  }
  return administer(ctx, call, about, edit, SAME_NAME, null, mayWrite(ctx, call, WRITE_USERS))
}

/** Changes a person. Faults: `Forbidden`, `ResourceNotFound`, `InvalidObject`, `ObjectConflict`, `CannotRemoveLastActiveAdministrator`. */
export function updateUser(ctx: Ctx, call: Call, id: string, { enabled, ...sent }: UserEdit): Promise<Result<true>> {
  const about = { subject: 'principal', subjectId: id, action: 'updateUser', principalId: id }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<true>>> => {
    const old = await lockPrincipal(tx, id)
    if (old?.kind !== 'user') return missing(id)
    const wrong = objection(ctx, sent)
    if (wrong !== null) return invalid(wrong)
    const turned = enabled === undefined ? ok(false) : await enableWithin(tx, call, old, enabled, now)
    if (!turned.ok) return turned
    const { attributes, ...columns } = sent
    const fields = [...Object.keys(columns), ...Object.keys(attributes)]
    if (fields.length > 0) await updatePrincipal(tx, id, sent)
    if (fields.length === 0 && !turned.value) return ok({ value: true, told: null })
    const action = !turned.value ? 'updateUser' : enabled ? 'enablePrincipal' : 'disablePrincipal'
    return ok({ value: true, told: { ...about, action, data: { fields: fields.join(',') } } })
  }
  // Held before the authority is looked at, as by every other change that may take away a last administrator.
  return administer(ctx, call, about, edit, SAME_NAME, enabled === false ? GUARD_LOCK : null, mayWriteUser(ctx, call, id))
}

/** Gives a person a manager, or takes it away. Faults: `Forbidden`, `ResourceNotFound`, `InvalidObject`. */
export function setManager(ctx: Ctx, call: Call, id: string, managerId: string | null): Promise<Result<true>> {
  const about = { subject: 'principal', subjectId: id, action: 'setManager', principalId: id }
  const edit = async (tx: Sql): Promise<Result<Edit<true>>> => {
    if ((await lockPrincipal(tx, id))?.kind !== 'user') return missing(id)
    if (managerId !== null && (await kindOf(tx, managerId)) !== 'user') return missing(managerId)
    if (managerId !== null && (await wouldCircle(tx, id, managerId))) return invalid('nobody is above themselves')
    await writeManager(tx, id, managerId)
    return ok({ value: true, told: { ...about, data: { manager: managerId ?? '' } } })
  }
  // Two that become each other's manager at the same time must see each other.
  return administer(ctx, call, about, edit, {}, 'managers', mayWriteUser(ctx, call, id))
}
