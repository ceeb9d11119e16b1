// Who and where of a tenant file, as rows: people, groups and programs; the tenant's roots and the tree of resources.

import type { Instant } from '../domain/time.ts'
import { addPrincipals, addScopes, type PrincipalRow, type ScopeRow } from '../store/directory-rows.ts'
import type { Sql } from '../store/sql.ts'
import type { FilePerson, TenantFile } from './tenant-file.ts'

const person = (p: FilePerson): PrincipalRow => ({
  id: p.id,
  kind: 'user',
  displayName: p.displayName,
  upn: p.upn,
  mail: p.upn,
  managerId: p.managerId,
  isEmergencyAccess: p.emergencyAccess,
  attributes: { jobTitle: p.jobTitle, department: p.department },
  aliases: p.aliases,
})

const principals = (file: TenantFile): readonly PrincipalRow[] => [
  ...file.people.map(person),
  ...file.groups.map(
    (g): PrincipalRow => ({
      id: g.id,
      kind: 'group',
      displayName: g.name,
      assignableToRole: g.roleAssignable,
      attributes: { description: g.description },
    }),
  ),
  ...file.servicePrincipals.map((s): PrincipalRow => ({ id: s.id, kind: 'servicePrincipal', displayName: s.name, appId: s.appId })),
]

const root = (plane: 'directory' | 'resource', displayName: string): ScopeRow => ({
  plane,
  id: '/',
  kind: 'tenant',
  displayName,
  spelling: '/',
  parent: null,
  ancestors: [],
})

/** The tree, parents before children; ancestors from the closest to the root. */
function tree(file: TenantFile): readonly ScopeRow[] {
  const above = new Map<string, readonly string[]>([['/', []]])
  return file.resources.map((r) => {
    const parent = r.parent ?? '/'
    const ancestors = [parent, ...(above.get(parent) ?? [])]
    above.set(r.scope, ancestors)
    return {
      plane: 'resource',
      id: r.scope,
      kind: r.kind.toLowerCase(),
      displayName: r.displayName,
      spelling: r.spelling,
      parent,
      ancestors,
      attributes: r.type === null ? {} : { type: r.type },
    }
  })
}

/** Adds everybody and every place of the file. */
export async function addDirectory(tx: Sql, file: TenantFile, now: Instant): Promise<void> {
  const { name } = file.tenant
  await addScopes(tx, [root('directory', name), root('resource', name), ...tree(file)])
  await addPrincipals(tx, principals(file), now)
}
