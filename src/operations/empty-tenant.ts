// An empty installation as a tenant file in memory: one domain, one person, who is Global Administrator (D32).

import { GLOBAL_ADMINISTRATOR } from '../domain/access/directory-roles.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { TenantFile } from './tenant-file.ts'

const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/
const ADDRESS = /^[^@\s]+@[^@\s]+$/

/** The smallest tenant. Fault: `InvalidTenantFile`. */
export function emptyTenant(input: { readonly tenant: string; readonly admin: string }, ids: () => string): Result<TenantFile> {
  const domain = input.tenant.trim().toLowerCase()
  const admin = input.admin.trim().toLowerCase()
  const bad = (detail: string) => refuse(fault('InvalidTenantFile', { detail }))
  if (!DOMAIN.test(domain)) return bad(`\`${input.tenant}\` is not a domain such as \`contoso.com\``)
  if (!ADDRESS.test(admin) || !admin.endsWith(`@${domain}`)) return bad(`\`${input.admin}\` is not an address in \`${domain}\``)
  const person = {
    upn: admin,
    displayName: admin.split('@')[0] ?? admin,
    id: ids(),
    jobTitle: null,
    department: null,
    emergencyAccess: false,
    aliases: [],
    managerId: null,
  }
  return ok({
    tenant: { id: ids(), name: domain, domains: [domain] },
    authenticationContexts: [],
    people: [person],
    servicePrincipals: [],
    groups: [],
    resources: [],
    assignments: [
      {
        principal: { kind: 'user', id: person.id },
        privilege: { plane: 'directory', scope: '/', role: GLOBAL_ADMINISTRATOR },
        level: 'active',
        end: null,
        source: 'assigned',
        justification: 'the first administrator',
      },
    ],
    settings: [],
    targets: [],
  })
}
