// The two PIM families of Graph are one function called twice: base path, how a privilege is read from a body, how it is
// written back, how ids are spelt (design, section 5; contract reference, 3 and 5).

import { planeOf } from '../../domain/planes/planes.ts'
import type { Level, PlaneId, Privilege } from '../../domain/privilege.ts'
import { ok, type Result } from '../../domain/result.ts'
import { readEnum, readGuid, readText, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import type { Entity } from './present.ts'

export type Kind = 'requests' | 'schedules' | 'instances'

export interface Family {
  readonly plane: PlaneId
  /** Lower-case path below the version. */
  readonly base: readonly string[]
  /** Type names by kind and level, as in `#microsoft.graph.{…}`. */
  readonly type: (kind: Kind, level: Level) => string
  /** The collection's name as Graph spells it. */
  readonly collection: (kind: Kind, level: Level) => string
  readPrivilege(body: JsonObject): Result<{ readonly privilege: Privilege; readonly roleAsSent: string; readonly scopeAsSent: string }>
  writePrivilege(privilege: Privilege, roleAsSent: string | null): Entity
  /** A schedule's id on this family's wire (D24). */
  scheduleId(privilege: Privilege, id: string): string
  /** An instance's id: made of what it joins. */
  instanceId(privilege: Privilege, principalId: string, id: string, level: Level): string
  /** Instances and schedules can only be listed with `groupId` or `principalId` in the filter. */
  readonly mandatoryFilter: boolean
  /** Names of an instance's pointers to its schedule and origin. */
  readonly pointers: (level: Level) => { readonly schedule: string; readonly origin: string | null }
}

const WORD: Readonly<Record<Level, string>> = { Eligibility: 'Eligibility', Assignment: 'Assignment' }
const SUFFIX: Readonly<Record<Kind, string>> = { requests: 'ScheduleRequests', schedules: 'Schedules', instances: 'ScheduleInstances' }
const SINGULAR: Readonly<Record<Kind, string>> = { requests: 'ScheduleRequest', schedules: 'Schedule', instances: 'ScheduleInstance' }

/** 16 bytes of a GUID, little-endian as its native form has them. */
function bytesOf(guid: string): Buffer {
  const hex = Buffer.from(guid.replaceAll('-', ''), 'hex')
  const part = (from: number, to: number) => Buffer.from(hex.subarray(from, to)).reverse()
  return Buffer.concat([part(0, 4), part(4, 6), part(6, 8), hex.subarray(8)])
}

const pairId = (role: string, principal: string) => Buffer.concat([bytesOf(role), bytesOf(principal)]).toString('base64url')

export const directory: Family = {
  plane: 'directory',
  base: ['rolemanagement', 'directory'],
  type: (kind, level) => `unifiedRole${WORD[level]}${SINGULAR[kind]}`,
  collection: (kind, level) => `role${WORD[level]}${SUFFIX[kind]}`,
  readPrivilege(body) {
    const role = required(readGuid(body, 'roleDefinitionId'), 'roleDefinitionId')
    if (!role.ok) return role
    const scope = readText(body, 'directoryScopeId')
    if (!scope.ok) return scope
    const app = readText(body, 'appScopeId')
    if (!app.ok) return app
    const sent = required(scope.value === null ? ok(app.value) : scope, 'directoryScopeId')
    if (!sent.ok) return sent
    const canonical = planeOf({ plane: 'directory' }).parseScope(sent.value)
    if (!canonical.ok) return canonical
    const privilege = { plane: 'directory' as const, scope: canonical.value, role: role.value }
    return ok({ privilege, roleAsSent: readSpelling(body, 'roleDefinitionId', role.value), scopeAsSent: sent.value })
  },
  writePrivilege: (p, roleAsSent) => ({ roleDefinitionId: roleAsSent ?? p.role, directoryScopeId: p.scope, appScopeId: null }),
  scheduleId: (_, id) => id,
  // NB. at another scope than the root the pair alone would not be unique
  instanceId: (p, principalId, id, level) =>
    `${pairId(p.role, principalId)}-1${p.scope === '/' ? '' : `-${id}`}${level === 'Eligibility' ? '-e' : ''}`,
  mandatoryFilter: false,
  pointers: (level) =>
    level === 'Eligibility'
      ? { schedule: 'roleEligibilityScheduleId', origin: null }
      : { schedule: 'roleAssignmentScheduleId', origin: 'roleAssignmentOriginId' },
}

const group: Family = {
  plane: 'group',
  base: ['identitygovernance', 'privilegedaccess', 'group'],
  type: (kind, level) => `privilegedAccessGroup${WORD[level]}${SINGULAR[kind]}`,
  collection: (kind, level) => `${WORD[level].toLowerCase()}${SUFFIX[kind]}`,
  readPrivilege(body) {
    const id = required(readGuid(body, 'groupId'), 'groupId')
    if (!id.ok) return id
    const access = required(readEnum(body, 'accessId', ['member', 'owner']), 'accessId')
    if (!access.ok) return access
    return ok({
      privilege: { plane: 'group' as const, scope: id.value, role: access.value },
      roleAsSent: access.value,
      scopeAsSent: id.value,
    })
  },
  writePrivilege: (p) => ({ accessId: p.role, groupId: p.scope }),
  scheduleId: (p, id) => `${p.scope}_${p.role}_${id}`,
  instanceId: (p, _, id) => `${p.scope}_${p.role}_${id}`,
  mandatoryFilter: true,
  pointers: (level) => ({ schedule: level === 'Eligibility' ? 'eligibilityScheduleId' : 'assignmentScheduleId', origin: null }),
}

/** The role as it was spelt, to be shown again in that spelling (D23). */
function readSpelling(body: JsonObject, name: string, otherwise: string): string {
  const text = readText(body, name)
  return text.ok && text.value ? text.value : otherwise
}

export const FAMILIES: readonly Family[] = [directory, group]
