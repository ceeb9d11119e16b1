// Names → ids: people by any address, groups and service principals by name, resources by name, roles by name.

import { planeOf } from '../domain/planes/planes.ts'
import type { PrincipalKind, Privilege } from '../domain/privilege.ts'
import { builtInRoleId } from './role-catalogue.ts'
import type { WrittenPrivilege, WrittenResource, WrittenTenant } from './tenant-file-sections.ts'
import { problem } from './tenant-file-shape.ts'

export interface PrincipalRef {
  readonly kind: PrincipalKind
  readonly id: string
}

export interface FileResource {
  readonly kind: WrittenResource['kind']
  /** Canonical: lower case. */
  readonly scope: string
  /** As spelt in the file. */
  readonly spelling: string
  readonly displayName: string
  /** Canonical; null for what hangs below the root. */
  readonly parent: string | null
  readonly type: string | null
}

export interface Names {
  readonly principals: ReadonlyMap<string, PrincipalRef>
  readonly resources: ReadonlyMap<string, FileResource>
}

/** Every address of a person: its own, its aliases, and the same name in each domain of the tenant. */
export function addressesOf(person: WrittenTenant['people'][number], domains: readonly string[]): readonly string[] {
  const name = person.upn.split('@')[0]!
  return [...new Set([person.upn, ...domains.map((domain) => `${name}@${domain.toLowerCase()}`), ...person.aliases])]
}

/** Puts every principal under its names; a name or an id given twice is a problem. */
export function principalsOf(file: WrittenTenant, problems: string[]): ReadonlyMap<string, PrincipalRef> {
  const found = new Map<string, PrincipalRef>()
  const ids = new Set<string>()
  const put = (names: readonly string[], kind: PrincipalKind, id: string, path: string) => {
    if (ids.has(id)) problem(problems, `${path}.id`, `an id of its own, for \`${id}\` is taken`)
    ids.add(id)
    for (const name of names.map((one) => one.toLowerCase())) {
      if (found.has(name)) problem(problems, path, `a name of its own, for \`${name}\` is taken`)
      found.set(name, { kind, id })
    }
  }
  file.people.forEach((person, i) => {
    put(addressesOf(person, file.tenant.domains), 'user', person.id, `people[${i}]`)
  })
  file.groups.forEach(({ name, id }, i) => {
    put([name], 'group', id, `groups[${i}]`)
  })
  file.servicePrincipals.forEach(({ name, id }, i) => {
    put([name], 'servicePrincipal', id, `servicePrincipals[${i}]`)
  })
  return found
}

/** Looks a principal up and checks its kind. */
export function principal(
  names: Names,
  name: string,
  kinds: readonly PrincipalKind[],
  path: string,
  problems: string[],
): PrincipalRef | undefined {
  const found = names.principals.get(name.toLowerCase())
  if (found && kinds.includes(found.kind)) return found
  return problem(problems, path, `a ${kinds.join(', ')} of this file, found \`${name}\``)
}

const OWN_PATH: Readonly<Record<WrittenResource['kind'], (r: WrittenResource) => string | null>> = {
  managementGroup: (r) => `/providers/Microsoft.Management/managementGroups/${r.name}`,
  subscription: (r) => r.id && `/subscriptions/${r.id}`,
  resourceGroup: (r) => `/resourceGroups/${r.name}`,
  resource: (r) => r.type && `/providers/${r.type}/${r.name}`,
}

const PARENTS: Readonly<Record<WrittenResource['kind'], readonly (WrittenResource['kind'] | null)[]>> = {
  managementGroup: [null, 'managementGroup'],
  subscription: [null, 'managementGroup'],
  resourceGroup: ['subscription'],
  resource: ['resourceGroup', 'subscription'],
}

/** Builds the tree; a parent stands before its children. */
export function resourcesOf(written: readonly WrittenResource[], problems: string[]): ReadonlyMap<string, FileResource> {
  const found = new Map<string, FileResource>()
  for (const [i, r] of written.entries()) {
    const resource = resourceOf(r, found, `resources[${i}]`, problems)
    if (resource) found.set(r.name.toLowerCase(), resource)
  }
  return found
}

function resourceOf(
  r: WrittenResource,
  above: ReadonlyMap<string, FileResource>,
  path: string,
  problems: string[],
): FileResource | undefined {
  const own = OWN_PATH[r.kind](r)
  const parent = r.parent === null ? null : above.get(r.parent.toLowerCase())
  if (own === null) return problem(problems, path, r.kind === 'resource' ? 'a `type` such as `Microsoft.KeyVault/vaults`' : 'an `id`')
  if (parent === undefined) return problem(problems, `${path}.parent`, `the name of a resource above it in the list, found \`${r.parent}\``)
  if (!PARENTS[r.kind].includes(parent?.kind ?? null)) return problem(problems, `${path}.parent`, `a parent that a ${r.kind} can have`)
  if (above.has(r.name.toLowerCase())) return problem(problems, `${path}.name`, `a name of its own, for \`${r.name}\` is taken`)
  const within = r.kind === 'resourceGroup' || r.kind === 'resource'
  const spelling = within ? `${parent?.spelling}${own}` : own
  return {
    kind: r.kind,
    scope: spelling.toLowerCase(),
    spelling,
    displayName: r.displayName ?? r.name,
    parent: parent?.scope ?? null,
    type: r.type,
  }
}

/** Resolves role and scope of a privilege. */
export function privilege(names: Names, written: WrittenPrivilege, path: string, problems: string[]): Privilege | undefined {
  const scope = SCOPES[written.plane](names, written.scope)
  const role = roleId(written)
  if (role === null) problem(problems, `${path}.role`, `the name of a ${written.plane} role, found \`${written.role}\``)
  if (scope === undefined) problem(problems, `${path}.scope`, `${SCOPE_WORDS[written.plane]}, found \`${written.scope}\``)
  return role === null || scope === undefined ? undefined : { plane: written.plane, scope, role }
}

function roleId({ plane, role }: WrittenPrivilege): string | null {
  const { fixedRoles } = planeOf({ plane })
  if (fixedRoles.includes(role)) return role
  return fixedRoles.length > 0 ? null : builtInRoleId(plane as 'directory' | 'resource', role)
}

const SCOPES: Readonly<Record<WrittenPrivilege['plane'], (names: Names, scope: string) => string | undefined>> = {
  directory: (_, scope) => (scope === '/' ? scope : undefined),
  resource: ({ resources }, scope) => (scope === '/' ? scope : resources.get(scope.toLowerCase())?.scope),
  group: ({ principals }, scope) => {
    const found = principals.get(scope.toLowerCase())
    return found?.kind === 'group' ? found.id : undefined
  },
}

const SCOPE_WORDS: Readonly<Record<WrittenPrivilege['plane'], string>> = {
  directory: '`/`',
  resource: '`/` or the name of a resource of this file',
  group: 'the name of a group of this file',
}
