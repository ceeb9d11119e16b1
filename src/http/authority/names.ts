// The names one tenant answers to: its id, its domains, and the words that stand for whoever signs in. `adfs` is a spelling that makes
// clients skip what only the reference's own hosts offer (clients, section 2).

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { Tenant } from '../../operations/context.ts'

const WORDS = new Set(['common', 'organizations', 'adfs'])

/** The name as it is written in addresses, if it is this tenant's. Fault: `UnknownTenant`. */
export function tenantName(name: string, tenant: Tenant): Result<string> {
  const plain = name.toLowerCase()
  const known = WORDS.has(plain) || plain === tenant.id.toLowerCase() || tenant.domains.some((domain) => domain.toLowerCase() === plain)
  return known ? ok(plain) : refuse(fault('UnknownTenant', { name: name.slice(0, 100) }))
}

/** All addresses of the token endpoint, and the issuer: what an assertion may be made for. */
export function assertionAudiences(origin: string, tenant: Tenant, issuer: string): readonly string[] {
  const names = [...WORDS, tenant.id, ...tenant.domains]
  const endpoints = names.flatMap((name) => [
    `${origin}/${name}/oauth2/v2.0/token`,
    `${origin}/${name}/oauth2/token`,
    `${origin}/${name}/v2.0`,
    `${origin}/${name}`,
  ])
  return [issuer, ...endpoints]
}
