// `$metadata`: what is served here, as OData describes it. Our own, and no larger than what we serve.

import { type Exchange, text } from './exchange.ts'
import { GROUP_TEXTS, UNIT_TEXTS, USER_LISTS, USER_TEXTS } from './objects.ts'

/** Properties by name; a type is a text unless it says otherwise. */
type Properties = Readonly<Record<string, string>>

interface EntityType {
  readonly base?: string
  readonly properties: Properties
  /** Navigation properties, by name. */
  readonly leads?: Properties
}

const texts = (names: readonly string[]): Properties => Object.fromEntries(names.map((name) => [name, 'Edm.String']))
const many = (type: string): string => `Collection(${type})`
const own = (name: string): string => `graph.${name}`
const TIME = 'Edm.DateTimeOffset'
const FLAG = 'Edm.Boolean'
const OBJECTS = many(own('directoryObject'))

const PRIVILEGE = texts(['principalId', 'roleDefinitionId', 'directoryScopeId', 'appScopeId'])
const GROUP_PRIVILEGE = texts(['principalId', 'groupId', 'accessId'])
const REQUEST = {
  ...texts(['status', 'action', 'justification', 'approvalId', 'customData', 'targetScheduleId']),
  createdDateTime: TIME,
  completedDateTime: TIME,
  isValidationOnly: FLAG,
  scheduleInfo: own('requestSchedule'),
  ticketInfo: own('ticketInfo'),
  createdBy: own('identitySet'),
}
const SCHEDULE = {
  ...texts(['createdUsing', 'status', 'memberType']),
  createdDateTime: TIME,
  modifiedDateTime: TIME,
  scheduleInfo: own('requestSchedule'),
}
const INSTANCE = { ...texts(['memberType']), startDateTime: TIME, endDateTime: TIME }
const ACTIVE = texts(['assignmentType'])
const LEADS = { principal: own('directoryObject'), roleDefinition: own('unifiedRoleDefinition'), directoryScope: own('directoryObject') }
const GROUP_LEADS = { principal: own('directoryObject'), group: own('group') }

/** The six types of a family. */
const family = (prefix: string, privilege: Properties, leads: Properties): Readonly<Record<string, EntityType>> =>
  Object.fromEntries(
    (['Eligibility', 'Assignment'] as const).flatMap((level) => {
      const active = level === 'Assignment' ? ACTIVE : {}
      return [
        [`${prefix}${level}ScheduleRequest`, { properties: { ...privilege, ...REQUEST }, leads }],
        [`${prefix}${level}Schedule`, { properties: { ...privilege, ...SCHEDULE, ...active }, leads }],
        [`${prefix}${level}ScheduleInstance`, { properties: { ...privilege, ...INSTANCE, ...active }, leads }],
      ]
    }),
  )

const NAMED = texts(['displayName', 'description'])

const TYPES: Readonly<Record<string, EntityType>> = {
  directoryObject: { properties: { deletedDateTime: TIME } },
  user: {
    base: 'directoryObject',
    properties: {
      ...texts(['displayName', 'userPrincipalName', 'mail', ...USER_TEXTS]),
      ...Object.fromEntries(USER_LISTS.map((name) => [name, many('Edm.String')])),
      accountEnabled: FLAG,
      createdDateTime: TIME,
    },
    leads: {
      manager: own('directoryObject'),
      directReports: OBJECTS,
      memberOf: OBJECTS,
      transitiveMemberOf: OBJECTS,
      ownedObjects: OBJECTS,
    },
  },
  group: {
    base: 'directoryObject',
    properties: {
      ...texts(['displayName', 'mail', ...GROUP_TEXTS]),
      groupTypes: many('Edm.String'),
      isAssignableToRole: FLAG,
      mailEnabled: FLAG,
      securityEnabled: FLAG,
      createdDateTime: TIME,
    },
    leads: { members: OBJECTS, owners: OBJECTS, transitiveMembers: OBJECTS, memberOf: OBJECTS, transitiveMemberOf: OBJECTS },
  },
  servicePrincipal: {
    base: 'directoryObject',
    properties: {
      ...texts(['displayName', 'appDisplayName', 'appId', 'servicePrincipalType']),
      accountEnabled: FLAG,
      servicePrincipalNames: many('Edm.String'),
    },
    leads: { memberOf: OBJECTS, transitiveMemberOf: OBJECTS, owners: OBJECTS },
  },
  application: { base: 'directoryObject', properties: texts(['displayName', 'appId']) },
  administrativeUnit: {
    base: 'directoryObject',
    properties: texts(['displayName', ...UNIT_TEXTS]),
    leads: { members: OBJECTS, scopedRoleMembers: many(own('scopedRoleMembership')) },
  },
  directoryRole: { base: 'directoryObject', properties: { ...NAMED, roleTemplateId: 'Edm.String' }, leads: { members: OBJECTS } },
  directoryRoleTemplate: { base: 'directoryObject', properties: NAMED },
  organization: { base: 'directoryObject', properties: texts(['displayName']) },
  scopedRoleMembership: { properties: texts(['administrativeUnitId', 'roleId']) },
  authenticationContextClassReference: { properties: { ...NAMED, isAvailable: FLAG } },
  unifiedRoleDefinition: {
    properties: { ...NAMED, ...texts(['templateId', 'version']), isBuiltIn: FLAG, isEnabled: FLAG, resourceScopes: many('Edm.String') },
  },
  unifiedRoleAssignment: { properties: PRIVILEGE, leads: LEADS },
  unifiedRbacResourceNamespace: { properties: texts(['name']), leads: { resourceActions: many(own('unifiedRbacResourceAction')) } },
  unifiedRbacResourceAction: { properties: texts(['name', 'actionVerb', 'description', 'resourceScopeId']) },
  unifiedRoleManagementPolicy: {
    properties: { ...NAMED, ...texts(['scopeId', 'scopeType']), isOrganizationDefault: FLAG, lastModifiedDateTime: TIME },
    leads: { rules: many(own('unifiedRoleManagementPolicyRule')), effectiveRules: many(own('unifiedRoleManagementPolicyRule')) },
  },
  unifiedRoleManagementPolicyRule: { properties: {} },
  unifiedRoleManagementPolicyAssignment: {
    properties: texts(['policyId', 'scopeId', 'scopeType', 'roleDefinitionId']),
    leads: { policy: own('unifiedRoleManagementPolicy') },
  },
  approval: { properties: {}, leads: { stages: many(own('approvalStage')) } },
  approvalStage: {
    properties: { ...texts(['displayName', 'status', 'reviewResult', 'justification']), assignedToMe: FLAG, reviewedDateTime: TIME },
  },
  ...family('unifiedRole', PRIVILEGE, LEADS),
  ...family('privilegedAccessGroup', GROUP_PRIVILEGE, GROUP_LEADS),
}

/** Structures that have no id of their own. */
const COMPLEX: Readonly<Record<string, Properties>> = {
  requestSchedule: { startDateTime: TIME, expiration: own('expirationPattern') },
  expirationPattern: { type: 'Edm.String', endDateTime: TIME, duration: 'Edm.Duration' },
  ticketInfo: texts(['ticketNumber', 'ticketSystem']),
  identitySet: { application: own('identity'), device: own('identity'), user: own('identity') },
  identity: texts(['id', 'displayName']),
}

const SETS: Properties = {
  users: 'user',
  groups: 'group',
  servicePrincipals: 'servicePrincipal',
  applications: 'application',
  directoryObjects: 'directoryObject',
  directoryRoles: 'directoryRole',
  directoryRoleTemplates: 'directoryRoleTemplate',
  organization: 'organization',
}

const elements = (name: 'Property' | 'NavigationProperty', of: Properties): string =>
  Object.entries(of)
    .map(([key, type]) => `<${name} Name="${key}" Type="${type}"/>`)
    .join('')

function typeElement([name, { base, properties, leads }]: readonly [string, EntityType]): string {
  const parent = name === 'directoryObject' || base === undefined ? 'entity' : base
  return `<EntityType Name="${name}" BaseType="${own(parent)}">${elements('Property', properties)}${elements('NavigationProperty', leads ?? {})}</EntityType>`
}

const document = (): string =>
  [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>',
    '<Schema Namespace="microsoft.graph" Alias="graph" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
    '<EntityType Name="entity" Abstract="true"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>',
    ...Object.entries(TYPES).map(typeElement),
    ...Object.entries(COMPLEX).map(([name, of]) => `<ComplexType Name="${name}">${elements('Property', of)}</ComplexType>`),
    '<EntityContainer Name="GraphService">',
    ...Object.entries(SETS).map(([name, type]) => `<EntitySet Name="${name}" EntityType="microsoft.graph.${type}"/>`),
    '<Singleton Name="me" Type="microsoft.graph.user"/>',
    '</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>',
  ].join('\n')

const DOCUMENT = document()

/** The description of what is served, the same for everybody. */
export const metadata = (x: Exchange): Response => text(x, DOCUMENT, 'application/xml')
