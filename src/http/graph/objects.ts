// Directory objects as Graph entities (contract reference 9). People show a few properties unless more are selected; everything else
// shows all it has.

import { formatInstant } from '../../domain/time.ts'
import type { DirectoryObject, ObjectKind } from '../../operations/list-directory.ts'
import type { Exchange } from './exchange.ts'
import type { GraphOptions } from './odata-options.ts'
import type { Entity } from './present.ts'

/** Texts that are kept as they were sent, by kind; anything else in a body is ignored. */
export const USER_TEXTS = [
  'givenName',
  'surname',
  'jobTitle',
  'department',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'mailNickname',
  'usageLocation',
  'companyName',
  'employeeId',
  'employeeType',
  'streetAddress',
  'city',
  'state',
  'postalCode',
  'country',
  'userType',
] as const
export const USER_LISTS = ['businessPhones', 'otherMails'] as const
export const GROUP_TEXTS = ['description', 'mailNickname', 'visibility', 'classification'] as const
export const UNIT_TEXTS = ['description', 'visibility'] as const

const SHOWN_OF_USERS: ReadonlySet<string> = new Set([
  'id',
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
])

type Attributes = DirectoryObject['attributes']
const text = (of: Attributes, name: string) => (typeof of[name] === 'string' ? of[name] : null)
const texts = (of: Attributes, name: string): readonly string[] => (Array.isArray(of[name]) ? (of[name] as string[]) : [])
const flag = (of: Attributes, name: string, otherwise: boolean) => (typeof of[name] === 'boolean' ? of[name] : otherwise)
const all = (of: Attributes, names: readonly string[]): Entity => Object.fromEntries(names.map((name) => [name, text(of, name)]))
const created = (o: DirectoryObject) => (o.createdAt === null ? null : formatInstant(o.createdAt))

const groupTypes = (o: DirectoryObject): readonly string[] => [
  ...texts(o.attributes, 'groupTypes'),
  ...(o.membership === 'dynamic' ? ['DynamicMembership'] : []),
]

const WRITERS: Readonly<Record<ObjectKind, (o: DirectoryObject) => Entity>> = {
  user: (o) => ({
    id: o.id,
    displayName: o.displayName,
    userPrincipalName: o.upn,
    mail: o.mail,
    ...all(o.attributes, USER_TEXTS),
    userType: text(o.attributes, 'userType') ?? 'Member',
    businessPhones: texts(o.attributes, 'businessPhones'),
    otherMails: texts(o.attributes, 'otherMails'),
    accountEnabled: o.enabled,
    createdDateTime: created(o),
    onPremisesSyncEnabled: null,
  }),
  group: (o) => ({
    id: o.id,
    deletedDateTime: null,
    createdDateTime: created(o),
    displayName: o.displayName,
    ...all(o.attributes, GROUP_TEXTS),
    groupTypes: groupTypes(o),
    isAssignableToRole: o.assignableToRole,
    mail: o.mail,
    mailEnabled: flag(o.attributes, 'mailEnabled', false),
    securityEnabled: flag(o.attributes, 'securityEnabled', true),
    membershipRule: null,
    membershipRuleProcessingState: null,
    onPremisesSyncEnabled: o.membership === 'synchronised' ? true : null,
    proxyAddresses: [],
  }),
  servicePrincipal: (o) => ({
    id: o.id,
    deletedDateTime: null,
    displayName: o.displayName,
    appDisplayName: o.displayName,
    appId: o.appId,
    accountEnabled: o.enabled,
    servicePrincipalType: text(o.attributes, 'servicePrincipalType') ?? 'Application',
    servicePrincipalNames: [...(o.appId === null ? [] : [o.appId]), ...texts(o.attributes, 'servicePrincipalNames')],
    alternativeNames: [],
    appRoles: [],
    oauth2PermissionScopes: [],
    tags: [],
  }),
  application: (o) => ({
    id: o.id,
    deletedDateTime: null,
    appId: o.appId,
    displayName: o.displayName,
    createdDateTime: created(o),
    identifierUris: texts(o.attributes, 'identifierUris'),
  }),
  administrativeUnit: (o) => ({ id: o.id, deletedDateTime: null, displayName: o.displayName, ...all(o.attributes, UNIT_TEXTS) }),
  directoryRole: (o) => ({
    id: o.id,
    deletedDateTime: null,
    displayName: o.displayName,
    description: text(o.attributes, 'description'),
    // A built-in role's id is its template's (contract reference 17 quirk 21).
    roleTemplateId: o.id,
  }),
}

/** An object as an entity; `typed` where the declared type is one that others are made from. */
export function objectEntity(options: GraphOptions, o: DirectoryObject, typed: boolean): Entity {
  const value = WRITERS[o.kind](o)
  const brief = o.kind === 'user' && options.select === null
  const shown = brief ? Object.fromEntries(Object.entries(value).filter(([name]) => SHOWN_OF_USERS.has(name))) : value
  return typed ? { '@odata.type': `#microsoft.graph.${o.kind}`, ...shown } : shown
}

/** The object's own path below the version, for its address. */
const COLLECTIONS: Readonly<Record<ObjectKind, string>> = {
  user: 'users',
  group: 'groups',
  servicePrincipal: 'servicePrincipals',
  application: 'applications',
  administrativeUnit: 'directory/administrativeUnits',
  directoryRole: 'directoryRoles',
}
export const collectionOfKind = (kind: ObjectKind): string => COLLECTIONS[kind]

export const PRINCIPAL_KINDS: readonly ObjectKind[] = ['user', 'group', 'servicePrincipal']
const KINDS: Readonly<Record<string, ObjectKind>> = {
  user: 'user',
  group: 'group',
  serviceprincipal: 'servicePrincipal',
  application: 'application',
  administrativeunit: 'administrativeUnit',
  directoryrole: 'directoryRole',
}

/** A type as a path or a body names it, with or without its namespace. */
export const kindNamed = (name: string): ObjectKind | null => {
  const plain = name.replace(/^#?microsoft\.graph\./i, '').toLowerCase()
  return Object.hasOwn(KINDS, plain) ? (KINDS[plain] ?? null) : null
}

/** The kinds among these that the path's cast leaves. */
export const cast = (x: Exchange, kinds: readonly ObjectKind[]): readonly ObjectKind[] => {
  const only = x.at.cast === null ? null : kindNamed(x.at.cast)
  return x.at.cast === null ? kinds : kinds.filter((kind) => kind === only)
}
