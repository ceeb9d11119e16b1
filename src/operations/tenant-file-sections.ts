// The sections of a tenant file as they are written: names, not ids. `tenant-file.ts` turns them into ids.

import { STRENGTHS } from '../domain/access/strength.ts'
import {
  contextId,
  durationMs,
  durationText,
  either,
  guid,
  list,
  mapOf,
  may,
  must,
  network,
  oneOf,
  orNull,
  port,
  type Read,
  record,
  text,
  truth,
  upn,
  type ValueOf,
} from './tenant-file-shape.ts'

const tenant = record({ id: must(guid), name: must(text), domains: must(list(text)) })

const authenticationContext = record({
  id: must(contextId),
  name: must(text),
  description: may(text, ''),
  strength: may(oneOf(...STRENGTHS), 'mfa'),
  maximumAge: may(orNull(durationMs), null),
  networks: may(list(network), []),
  compliantDevice: may(truth, false),
})

const person = record({
  upn: must(upn),
  aliases: may(list(upn), []),
  displayName: must(text),
  id: must(guid),
  manager: may(upn, null),
  jobTitle: may(text, null),
  department: may(text, null),
  emergencyAccess: may(truth, false),
})

const servicePrincipal = record({ name: must(text), id: must(guid), appId: must(guid) })

const group = record({
  name: must(text),
  id: must(guid),
  description: may(text, ''),
  roleAssignable: may(truth, false),
  managed: may(truth, false),
  members: may(list(text), []),
  owners: may(list(text), []),
})

const resource = record({
  kind: must(oneOf('managementGroup', 'subscription', 'resourceGroup', 'resource')),
  name: must(text),
  id: may(guid, null),
  type: may(text, null),
  displayName: may(text, null),
  parent: may(text, null),
})

const plane = oneOf('directory', 'resource', 'group')

const assignment = record({
  principal: must(text),
  plane: must(plane),
  role: must(text),
  scope: must(text),
  level: must(oneOf('eligible', 'active')),
  end: must(orNull(durationText)),
  source: may(oneOf('assigned', 'outside'), 'assigned'),
  justification: may(text, null),
})

const requirement = oneOf('mfa', 'justification', 'ticketing')

const setting = record({
  plane: must(plane),
  role: must(text),
  scope: must(text),
  activation: may(
    record({
      maximumDuration: may(durationText, null),
      require: may(list(requirement), null),
      authenticationContext: may(orNull(text), null),
      approval: may(orNull(record({ approvers: must(list(text)) })), null),
    }),
    null,
  ),
  eligibility: may(record({ maximum: may(durationText, null), permanent: may(truth, null) }), null),
  active: may(record({ maximum: may(durationText, null), permanent: may(truth, null), require: may(list(requirement), null) }), null),
  notifications: may(record({ level: may(oneOf('all', 'critical', 'none'), 'all'), recipients: may(list(upn), []) }), null),
})

// A value, or where it is to be found when the server starts: secrets never stand in the file (decision D31).
const configured: Read<string | number | { readonly env: string }> = either(record({ env: must(text) }), (value, path, problems) =>
  typeof value === 'number' ? port(value, path, problems) : text(value, path, problems),
)

const target = record({
  name: must(text),
  connector: must(text),
  config: may(mapOf(configured), {}),
  entitlements: must(
    list(record({ name: must(text), boundTo: must(record({ plane: must(plane), role: must(text), scope: must(text) })) })),
  ),
  accounts: may(list(record({ person: must(upn), account: must(text) })), []),
})

/** The whole file as written. */
export const tenantFileShape = record({
  version: must(oneOf('stint/v0')),
  tenant: must(tenant),
  authenticationContexts: may(list(authenticationContext), []),
  people: must(list(person)),
  servicePrincipals: may(list(servicePrincipal), []),
  groups: may(list(group), []),
  resources: may(list(resource), []),
  assignments: may(list(assignment), []),
  settings: may(list(setting), []),
  targets: may(list(target), []),
})

export type WrittenTenant = ValueOf<typeof tenantFileShape>
export type WrittenPrivilege = { readonly plane: 'directory' | 'resource' | 'group'; readonly role: string; readonly scope: string }
export type WrittenSetting = WrittenTenant['settings'][number]
export type WrittenResource = WrittenTenant['resources'][number]
