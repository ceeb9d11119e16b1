// Bodies of directory objects, read: which properties are taken, by kind. What is not named here is ignored, a password among it.

import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { GroupEdit, NewGroup } from '../../operations/directory-groups.ts'
import type { UnitEdit } from '../../operations/directory-units.ts'
import type { NewUser, UserEdit } from '../../operations/directory-users.ts'
import { readBoolean, readText, readTexts } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { GROUP_TEXTS, UNIT_TEXTS, USER_LISTS, USER_TEXTS } from './objects.ts'

const invalid = (detail: string) => refuse(fault('InvalidObject', { detail }))
const needs = (name: string) => invalid(`a value is required for property \`${name}\``)

/** Was it named at all, if only as null? A member that is null takes a value away; one left out leaves it. */
const isSent = (body: JsonObject, name: string): boolean => Object.keys(body).some((key) => key.toLowerCase() === name.toLowerCase())

type Read<T> = (body: JsonObject, name: string) => Result<T | null>

/** The members of a body among these names, with what they hold. */
function gather<T>(body: JsonObject, names: readonly string[], read: Read<T>): Result<Record<string, T | null>> {
  const found: Record<string, T | null> = {}
  for (const name of names) {
    if (!isSent(body, name)) continue
    const value = read(body, name)
    if (!value.ok) return value
    found[name] = value.value
  }
  return ok(found)
}

/** A text that, when it is named, may not be empty or null. */
function whole(body: JsonObject, name: string): Result<string | undefined> {
  if (!isSent(body, name)) return ok(undefined)
  const value = readText(body, name)
  if (!value.ok) return value
  return value.value === null ? invalid(`\`${name}\` cannot be empty`) : ok(value.value)
}

const some = <K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { [P in K]?: T }

/** What of a person is to change. */
export function readUser(body: JsonObject): Result<UserEdit> {
  const displayName = whole(body, 'displayName')
  if (!displayName.ok) return displayName
  const upn = whole(body, 'userPrincipalName')
  if (!upn.ok) return upn
  const enabled = readBoolean(body, 'accountEnabled')
  if (!enabled.ok) return enabled
  const mail = readText(body, 'mail')
  if (!mail.ok) return mail
  const texts = gather(body, USER_TEXTS, readText)
  if (!texts.ok) return texts
  const lists = gather(body, USER_LISTS, readTexts)
  if (!lists.ok) return lists
  return ok({
    ...some('displayName', displayName.value),
    ...some('upn', upn.value),
    ...some('enabled', enabled.value ?? undefined),
    ...(isSent(body, 'mail') ? { mail: mail.value } : {}),
    attributes: { ...texts.value, ...lists.value },
  })
}

/** A new person: the properties that the reference wants, less the password. */
export function readNewUser(body: JsonObject): Result<NewUser> {
  const edit = readUser(body)
  if (!edit.ok) return edit
  const { displayName, upn, enabled, attributes } = edit.value
  if (displayName === undefined) return needs('displayName')
  if (upn === undefined) return needs('userPrincipalName')
  if (enabled === undefined) return needs('accountEnabled')
  if (typeof attributes.mailNickname !== 'string') return needs('mailNickname')
  return ok({ ...edit.value, displayName, upn, enabled })
}

/** What of a group is to change. Whether it may hold roles was said when it was made; a client may say the same again. */
export function readGroup(body: JsonObject): Result<GroupEdit> {
  const edit = readGroupFields(body)
  if (!edit.ok) return edit
  const assignable = readBoolean(body, 'isAssignableToRole')
  return assignable.ok ? ok({ ...edit.value, ...some('assignableToRole', assignable.value ?? undefined) }) : assignable
}

function readGroupFields(body: JsonObject): Result<GroupEdit> {
  const displayName = whole(body, 'displayName')
  if (!displayName.ok) return displayName
  const texts = gather(body, GROUP_TEXTS, readText)
  if (!texts.ok) return texts
  const flags = gather(body, ['mailEnabled', 'securityEnabled'], readBoolean)
  if (!flags.ok) return flags
  const types = gather(body, ['groupTypes'], readTexts)
  if (!types.ok) return types
  return ok({ ...some('displayName', displayName.value), attributes: { ...texts.value, ...flags.value, ...types.value } })
}

/** The object that an `@odata.id` is the address of: its last segment, with or without parentheses. Fault: `MalformedBody`. */
export function referred(address: string): Result<string> {
  const id = /(?:^|\/|\('?)([0-9a-f-]{36})(?:'?\))?\/?$/i.exec(address.trim())?.[1]
  return id && isGuid(id) ? ok(id.toLowerCase()) : refuse(fault('MalformedBody', { detail: 'an `@odata.id` ends in the id of an object' }))
}

const MOST_BOUND = 20

function bound(body: JsonObject, name: string): Result<readonly string[]> {
  const sent = readTexts(body, `${name}@odata.bind`)
  if (!sent.ok) return sent
  if ((sent.value?.length ?? 0) > MOST_BOUND) return invalid(`\`${name}@odata.bind\` holds at most ${MOST_BOUND} objects`)
  const ids: string[] = []
  for (const address of sent.value ?? []) {
    const id = referred(address)
    if (!id.ok) return id
    ids.push(id.value)
  }
  return ok(ids)
}

/** A new group with its first owners and members. */
export function readNewGroup(body: JsonObject): Result<NewGroup> {
  const edit = readGroupFields(body)
  if (!edit.ok) return edit
  const assignable = readBoolean(body, 'isAssignableToRole')
  if (!assignable.ok) return assignable
  const members = bound(body, 'members')
  if (!members.ok) return members
  const owners = bound(body, 'owners')
  if (!owners.ok) return owners
  const { displayName, attributes } = edit.value
  if (displayName === undefined) return needs('displayName')
  for (const name of ['mailEnabled', 'securityEnabled']) if (typeof attributes[name] !== 'boolean') return needs(name)
  return ok({ ...edit.value, displayName, assignableToRole: assignable.value ?? false, members: members.value, owners: owners.value })
}

/** What of an administrative unit is to change. */
export function readUnit(body: JsonObject): Result<UnitEdit> {
  const displayName = whole(body, 'displayName')
  if (!displayName.ok) return displayName
  const texts = gather(body, UNIT_TEXTS, readText)
  return texts.ok ? ok({ ...some('displayName', displayName.value), attributes: texts.value }) : texts
}
