// The part of the native API about sources of identities. A token appears in one answer, the one that made it.

import { z } from 'zod'
import * as s from './schemas.ts'

const instant = z.iso.datetime()
const id = z.guid()
/** An id, or a name. */
const params = z.object({ id: s.named })
const settings = z.record(z.string().max(100), z.unknown())

const counts = z.object({
  added: z.number(),
  adopted: z.number(),
  changed: z.number(),
  disabled: z.number(),
  enabled: z.number(),
  deleted: z.number(),
  groups: z.number(),
  joined: z.number(),
  left: z.number(),
})

const finding = z.object({ kind: z.string(), externalId: z.string(), name: z.string(), code: z.string(), words: z.string() })

const source = z.object({
  id,
  kind: z.enum(['scim', 'ldap', 'csv', 'oidc']),
  name: z.string(),
  adopt: z.boolean(),
  enabled: z.boolean(),
  settings,
  createdAt: instant,
  lastAt: instant.nullable(),
  lastMs: z.number().nullable(),
  lastError: z.string().nullable(),
  lastRun: counts.extend({ full: z.boolean(), dryRun: z.boolean() }).nullable(),
  findingCount: z.number(),
  findings: z.array(finding),
})

const token = z.object({ id, hint: z.string(), createdAt: instant, endsAt: instant, revokedAt: instant.nullable() })
const detail = source.extend({
  kept: z.object({ users: z.number(), groups: z.number(), members: z.number() }),
  tokens: z.array(token),
})

const ADMITS = ['MalformedBody', 'BodyTooLarge', 'InvalidQuery', 'InvalidIdentitySource', 'IdentitySourceNotFound'] as const
/** A file of a hundred thousand people. */
const MOST_FILE = 32 * 1024 * 1024

export const SOURCE_ROUTES = {
  sources: {
    method: 'GET',
    path: '/sources',
    query: z.strictObject(s.paging),
    response: s.pageOf(source),
    faults: ['InvalidQuery', 'InvalidCursor'],
  },
  source: { method: 'GET', path: '/sources/:id', params, response: detail, faults: ['InvalidQuery', 'IdentitySourceNotFound'] },
  createSource: {
    method: 'POST',
    path: '/sources',
    body: z.strictObject({
      kind: z.enum(['scim', 'ldap', 'csv']),
      name: z.string().trim().min(1).max(100),
      /** May it take over people and groups that it finds here under the same name? */
      adopt: z.boolean().default(false),
      settings: settings.default({}),
    }),
    response: source,
    status: 201,
    faults: [...ADMITS, 'IdentitySourceExists'],
  },
  changeSource: {
    method: 'PATCH',
    path: '/sources/:id',
    params,
    body: z.strictObject({ adopt: z.boolean().optional(), enabled: z.boolean().optional(), settings: settings.optional() }),
    response: source,
    faults: ADMITS,
  },
  removeSource: { method: 'POST', path: '/sources/:id/remove', params, response: z.object({ id }), faults: ADMITS },
  addSourceToken: {
    method: 'POST',
    path: '/sources/:id/tokens',
    params,
    body: z.strictObject({ days: z.number().int().min(1).max(730).default(365) }),
    response: token.extend({ token: z.string() }),
    status: 201,
    faults: ADMITS,
  },
  revokeSourceToken: {
    method: 'POST',
    path: '/sources/:id/tokens/revoke',
    params,
    body: z.strictObject({ token: id }),
    response: z.object({ id }),
    faults: [...ADMITS, 'ResourceNotFound'],
  },
  syncSource: {
    method: 'POST',
    path: '/sources/:id/sync',
    params,
    body: z.strictObject({ full: z.boolean().default(false), dryRun: z.boolean().default(false), override: z.boolean().default(false) }),
    response: source,
    faults: ADMITS,
  },
  importSource: {
    method: 'POST',
    path: '/sources/:id/import',
    params,
    /** Bytes that a body may have here. */
    limit: MOST_FILE,
    body: z.strictObject({ text: z.string(), dryRun: z.boolean().default(false), override: z.boolean().default(false) }),
    response: z.object({ dryRun: z.boolean(), counts, findings: z.array(finding) }),
    faults: [...ADMITS, 'InvalidImport', 'TooManyLost'],
  },
  doneBySources: {
    method: 'GET',
    path: '/identities/done',
    /** Whom it was done to: an id or a name, oneself if left out. */
    query: z.strictObject({ person: s.named.optional() }),
    response: z.object({
      items: z.array(
        z.object({
          at: instant,
          source: z.string(),
          action: z.string(),
          reason: z.string().nullable(),
          scope: z.string().nullable(),
        }),
      ),
    }),
    faults: ['InvalidQuery', 'SubjectNotFound'],
  },
} as const
