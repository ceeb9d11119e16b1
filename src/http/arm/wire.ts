// ARM's spelling of what all its resources share: ids, instants, principals, and the names of things, which are always inlined
// (contract reference, 12.1, 16).

import type { PrincipalFact, RoleFact } from '../../domain/facts.ts'
import type { PrincipalKind } from '../../domain/privilege.ts'
import { formatInstant, type Instant } from '../../domain/time.ts'
import { roleIdAt } from './role-id.ts'

export const PROVIDER = 'Microsoft.Authorization'

/** `{scope}/providers/Microsoft.Authorization/{type}/{name}`; the tenant's root is empty. */
export const idOf = (spelling: string, type: string, name: string): string => `${prefixOf(spelling)}/providers/${PROVIDER}/${type}/${name}`

/** A scope in front of something: the root adds nothing. */
export const prefixOf = (spelling: string): string => (spelling === '/' ? '' : spelling)

const ALIAS = /^\/providers\/microsoft\.subscription(?=\/subscriptions\/)/i

/** A scope as sent, without the alias that official examples put in front. */
export const withoutAlias = (raw: string): string => raw.replace(ALIAS, '')

/** Versions that write the alias into `id` and `scope` when it was sent. */
const ECHOES: ReadonlySet<string> = new Set(['2020-10-01-preview', '2022-04-01-preview'])

/** The alias to write, empty for most. */
export const aliasOf = (raw: string, version: string): string => (ECHOES.has(version) ? (ALIAS.exec(raw)?.[0] ?? '') : '')

/** A scope with the alias in front, where there is one and it fits. */
export const aliased = (alias: string, spelling: string): string => (/^\/subscriptions\//i.test(spelling) ? alias + spelling : spelling)

export const instant = (at: Instant | null): string | null => (at === null ? null : formatInstant(at))

export const PRINCIPAL_TYPES: Readonly<Record<PrincipalKind, string>> = {
  user: 'User',
  group: 'Group',
  servicePrincipal: 'ServicePrincipal',
}

export interface NamedScope {
  readonly kind: string
  readonly displayName: string
}

export const roleType = (builtIn: boolean): string => (builtIn ? 'BuiltInRole' : 'CustomRole')

/** A role's id as shown: in the form in which it was sent (D23), else the canonical one. */
export const roleShown = (asSent: string | null, spelling: string, role: string): string => asSent ?? roleIdAt(spelling, role)

export const scopeNames = (spelling: string, scope: NamedScope) => ({
  id: spelling || '/',
  displayName: scope.displayName,
  type: scope.kind.toLowerCase(),
})

/** `expandedProperties`: what things are called, so that no client has to look them up. */
export const expanded = (
  spelling: string,
  scope: NamedScope,
  roleId: string,
  role: Pick<RoleFact, 'name' | 'builtIn'>,
  principalId: string,
  principal: PrincipalFact | null,
) => ({
  scope: scopeNames(spelling, scope),
  roleDefinition: { id: roleId, displayName: role.name, type: roleType(role.builtIn) },
  principal: {
    id: principalId,
    displayName: principal?.displayName ?? null,
    email: principal?.mail ?? principal?.upn ?? null,
    type: principal ? PRINCIPAL_TYPES[principal.kind] : null,
  },
})
