// The built-in roles, as facts in data files: what a new tenant starts with, and what files may name roles by.

import directory from './data/directory-roles.json' with { type: 'json' }
import resource from './data/resource-roles.json' with { type: 'json' }

export interface DirectoryRole {
  /** Bare GUID in lower case; built-in roles have their template's id. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly privileged: boolean
}

export interface ResourceRole extends DirectoryRole {
  readonly category: string
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
  readonly condition?: string
}

export const DIRECTORY_ROLES: readonly DirectoryRole[] = directory
export const RESOURCE_ROLES: readonly ResourceRole[] = resource as readonly ResourceRole[]

const byName = (roles: readonly DirectoryRole[]): ReadonlyMap<string, string> =>
  new Map(roles.flatMap(({ id, name }) => [[name.toLowerCase(), id] as const, [id, id] as const]))

const IDS = { directory: byName(DIRECTORY_ROLES), resource: byName(RESOURCE_ROLES) }

/** The id of a built-in role by its name or id, in any case; null when there is none. */
export const builtInRoleId = (plane: 'directory' | 'resource', name: string): string | null => IDS[plane].get(name.toLowerCase()) ?? null
