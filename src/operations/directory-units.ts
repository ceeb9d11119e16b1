// Administrative units: made, changed, and who is in them (contract reference 9). A unit is a scope of the directory plane; being in one
// gives nobody anything.

import { ACTIVATE_ROLES, WRITE_UNITS } from '../domain/access/directory-needs.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { addScopes } from '../store/directory-rows.ts'
import { addUnitMember, lockDirectoryRole, lockUnit, markActivated, removeUnitMember, updateUnit } from '../store/directory-units.ts'
import { kindOf } from '../store/enabled.ts'
import type { DirectoryObject } from '../store/list-directory.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit, type Told } from './administer.ts'
import type { Call, Ctx } from './context.ts'
import { invalid, mayWrite, missing, nameObjection, readBack } from './directory-common.ts'

export interface UnitEdit {
  readonly displayName?: string
  readonly attributes: Readonly<Record<string, string | null>>
}

/** The scope that a unit is. */
export const unitScope = (id: string): string => `/administrativeUnits/${id.toLowerCase()}`

const aboutUnit = (scope: string, action: string): Told => ({
  subject: 'scope',
  subjectId: scope,
  action,
  at: { plane: 'directory', scope, role: '' },
})

/** Adds a unit. Faults: `Forbidden`, `InvalidObject`. */
export function createUnit(ctx: Ctx, call: Call, unit: UnitEdit & { readonly displayName: string }): Promise<Result<DirectoryObject>> {
  const id = ctx.ids()
  const scope = unitScope(id)
  const edit = async (tx: Sql): Promise<Result<Edit<DirectoryObject>>> => {
    const wrong = nameObjection(unit.displayName)
    if (wrong !== null) return invalid(wrong)
    const { displayName, attributes } = unit
    await addScopes(tx, [
      {
        plane: 'directory',
        id: scope,
        kind: 'administrativeUnit',
        displayName,
        spelling: scope,
        parent: '/',
        ancestors: ['/'],
        attributes,
      },
    ])
    const told = { ...aboutUnit(scope, 'createUnit'), data: { name: displayName } }
    return ok({ value: await readBack(tx, 'administrativeUnit', id, ctx), told })
  }
  return administer(ctx, call, aboutUnit(scope, 'createUnit'), edit, {}, null, mayWrite(ctx, call, WRITE_UNITS))
}

/** Changes a unit. Faults: `Forbidden`, `ResourceNotFound`, `InvalidObject`. */
export function changeUnit(ctx: Ctx, call: Call, id: string, sent: UnitEdit): Promise<Result<true>> {
  const scope = unitScope(id)
  const about = aboutUnit(scope, 'updateUnit')
  const edit = async (tx: Sql): Promise<Result<Edit<true>>> => {
    if (!(await lockUnit(tx, scope))) return missing(id)
    const wrong = sent.displayName === undefined ? null : nameObjection(sent.displayName)
    if (wrong !== null) return invalid(wrong)
    const fields = [...(sent.displayName === undefined ? [] : ['displayName']), ...Object.keys(sent.attributes)]
    if (fields.length === 0) return ok({ value: true, told: null })
    await updateUnit(tx, scope, sent.displayName ?? null, sent.attributes)
    return ok({ value: true, told: { ...about, data: { fields: fields.join(',') } } })
  }
  return administer(ctx, call, about, edit, {}, null, mayWrite(ctx, call, WRITE_UNITS))
}

/** Puts a person or a group into a unit, or takes it out. Faults: `Forbidden`, `ResourceNotFound`, `ReferenceExists`. */
export function setUnitMember(ctx: Ctx, call: Call, id: string, principalId: string, member: boolean): Promise<Result<true>> {
  const scope = unitScope(id)
  const about = { ...aboutUnit(scope, member ? 'addUnitMember' : 'removeUnitMember'), principalId }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<true>>> => {
    if (!(await lockUnit(tx, scope))) return missing(id)
    if ((await kindOf(tx, principalId)) === null) return missing(principalId)
    const done = member ? await addUnitMember(tx, scope, principalId, now) : await removeUnitMember(tx, scope, principalId)
    if (!done) return member ? refuse(fault('ReferenceExists', { property: 'members' })) : missing(principalId)
    return ok({ value: true, told: about })
  }
  return administer(ctx, call, about, edit, {}, null, mayWrite(ctx, call, WRITE_UNITS))
}

/** Makes a directory role one of the tenant's own. Faults: `Forbidden`, `RoleNotFound`, `ObjectConflict`. */
export function activateRole(ctx: Ctx, call: Call, id: string): Promise<Result<DirectoryObject>> {
  const about = { subject: 'role', subjectId: `directory|${id}`, action: 'activateRole', at: { plane: 'directory', scope: '/', role: id } }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<DirectoryObject>>> => {
    const role = await lockDirectoryRole(tx, id)
    if (!role) return refuse(fault('RoleNotFound', { id }))
    if (role.activated) return refuse(fault('ObjectConflict', { property: 'roleTemplateId' }))
    await markActivated(tx, id, now)
    return ok({ value: await readBack(tx, 'directoryRole', id, ctx), told: { ...about, data: { name: role.name } } })
  }
  return administer(ctx, call, about, edit, {}, null, mayWrite(ctx, call, ACTIVATE_ROLES))
}
