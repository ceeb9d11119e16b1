// The nouns. A privilege is a role at a scope in a plane; it unifies a directory role at a directory scope, a resource
// role at a resource scope and membership or ownership of a group, so that one engine serves all three.

export type PlaneId = 'directory' | 'resource' | 'group'

/** Eligible or active, spelt as the policy rules' targets spell it. */
export type Level = 'Eligibility' | 'Assignment'

/** How an assignment came about. `Outside` was made past the front door (decision D4, D7). */
export type Source = 'Assigned' | 'Activated' | 'Outside'

export interface Privilege {
  readonly plane: PlaneId
  /** Canonical form: `/` or `/administrativeUnits/{id}`, a lower-case resource path, or a group's id. */
  readonly scope: string
  /** Canonical form: a lower-case role GUID, or `member` / `owner`. */
  readonly role: string
}

export type PrincipalKind = 'user' | 'group' | 'servicePrincipal'

/** A privilege as one comparable string. */
export const privilegeKey = (p: Privilege): string => `${p.plane}|${p.scope}|${p.role}`

/** A principal's hold on a privilege at a level as one comparable string: the key of locks and of duplicate checks. */
export const holdingKey = (principal: string, p: Privilege): string => `${principal}|${privilegeKey(p)}`

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Has the text the shape of a GUID? Any digits count, not only RFC 4122 versions (decision D24). */
export const isGuid = (text: string): boolean => GUID.test(text)
