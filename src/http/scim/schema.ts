// The SCIM schemas that are served (RFC 7643), as data: what bodies are read by, filters resolved by and `/Schemas` answered with.

export type Mutability = 'readWrite' | 'readOnly' | 'writeOnly'

export interface ScimAttribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'complex' | 'reference' | 'dateTime' | 'binary'
  readonly multi: boolean
  readonly exact: boolean
  readonly mutability: Mutability
  readonly required: boolean
  readonly sub: readonly ScimAttribute[]
}

const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User'
const CORE_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

type More = Partial<Omit<ScimAttribute, 'name' | 'type' | 'sub'>>
const of = (name: string, type: ScimAttribute['type'], sub: readonly ScimAttribute[] = [], more: More = {}): ScimAttribute => ({
  name,
  type,
  multi: false,
  exact: false,
  mutability: 'readWrite',
  required: false,
  sub,
  ...more,
})
const text = (name: string, more: More = {}) => of(name, 'string', [], more)
const complex = (name: string, sub: readonly ScimAttribute[], more: More = {}) => of(name, 'complex', sub, more)
const READ_ONLY: More = { mutability: 'readOnly' }

/** A list whose elements have a value, a type and a mark. */
const plural = (name: string, value: ScimAttribute = text('value')) =>
  complex(name, [value, text('display'), text('type'), of('primary', 'boolean')], { multi: true })

const COMMON: readonly ScimAttribute[] = [
  text('id', { ...READ_ONLY, exact: true }),
  text('externalId', { exact: true }),
  complex(
    'meta',
    [
      text('resourceType', { ...READ_ONLY, exact: true }),
      of('created', 'dateTime', [], READ_ONLY),
      of('lastModified', 'dateTime', [], READ_ONLY),
      of('location', 'reference', [], { ...READ_ONLY, exact: true }),
      text('version', { ...READ_ONLY, exact: true }),
    ],
    READ_ONLY,
  ),
]

const USER: readonly ScimAttribute[] = [
  text('userName', { required: true }),
  complex(
    'name',
    ['formatted', 'familyName', 'givenName', 'middleName', 'honorificPrefix', 'honorificSuffix'].map((n) => text(n)),
  ),
  text('displayName'),
  text('nickName'),
  of('profileUrl', 'reference', [], { exact: true }),
  text('title'),
  text('userType'),
  text('preferredLanguage'),
  text('locale'),
  text('timezone'),
  of('active', 'boolean'),
  // Taken and thrown away: people here have no password that somebody else sets.
  text('password', { mutability: 'writeOnly', exact: true }),
  plural('emails'),
  plural('phoneNumbers'),
  plural('ims'),
  plural('photos', of('value', 'reference', [], { exact: true })),
  complex(
    'addresses',
    [
      ...['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type'].map((n) => text(n)),
      of('primary', 'boolean'),
    ],
    { multi: true },
  ),
  complex(
    'groups',
    ['value', '$ref', 'display', 'type'].map((n) => text(n, READ_ONLY)),
    { multi: true, ...READ_ONLY },
  ),
  plural('entitlements'),
  plural('roles'),
  plural('x509Certificates', of('value', 'binary', [], { exact: true })),
]

const ENTERPRISE_USER: readonly ScimAttribute[] = [
  text('employeeNumber'),
  text('costCenter'),
  text('organization'),
  text('division'),
  text('department'),
  complex('manager', [text('value'), of('$ref', 'reference', [], { exact: true }), text('displayName', READ_ONLY)]),
]

const GROUP: readonly ScimAttribute[] = [
  text('displayName', { required: true }),
  complex(
    'members',
    [text('value', { exact: true }), of('$ref', 'reference', [], { exact: true }), text('type'), text('display', READ_ONLY)],
    { multi: true },
  ),
]

export interface Schema {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly ScimAttribute[]
}

export const SCHEMAS: readonly Schema[] = [
  { id: CORE_USER, name: 'User', description: 'A person', attributes: USER },
  { id: CORE_GROUP, name: 'Group', description: 'A group', attributes: GROUP },
  { id: ENTERPRISE, name: 'EnterpriseUser', description: 'A person at work', attributes: ENTERPRISE_USER },
]

export interface ResourceType {
  readonly name: 'User' | 'Group'
  readonly kind: 'user' | 'group'
  readonly endpoint: '/Users' | '/Groups'
  readonly schema: string
  /** All attributes: the common ones, the core's, and each extension as one that is named by its URN. */
  readonly attributes: readonly ScimAttribute[]
  readonly extensions: readonly string[]
}

export const USER_TYPE: ResourceType = {
  name: 'User',
  kind: 'user',
  endpoint: '/Users',
  schema: CORE_USER,
  attributes: [...COMMON, ...USER, complex(ENTERPRISE, ENTERPRISE_USER)],
  extensions: [ENTERPRISE],
}

export const GROUP_TYPE: ResourceType = {
  name: 'Group',
  kind: 'group',
  endpoint: '/Groups',
  schema: CORE_GROUP,
  attributes: [...COMMON, ...GROUP],
  extensions: [],
}

/** An attribute of these by its name, in any case. */
export const attributeNamed = (attributes: readonly ScimAttribute[], name: string): ScimAttribute | undefined => {
  const wanted = name.toLowerCase()
  return attributes.find((a) => a.name.toLowerCase() === wanted)
}
