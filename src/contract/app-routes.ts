// The part of the native API about applications that sign in. A secret appears in one answer, the one that made it.

import { z } from 'zod'
import * as s from './schemas.ts'

const instant = z.iso.datetime()
const id = z.guid()
const words = z.array(z.string().max(1_000)).max(200)
/** A client id, or a name. */
const params = z.object({ id: s.named })
const label = z.string().trim().max(200).default('')

const app = z.object({
  appId: id,
  principalId: id,
  displayName: z.string(),
  enabled: z.boolean(),
  publicClient: z.boolean(),
  passwordGrant: z.boolean(),
  redirectUris: z.array(z.string()),
  application: z.array(z.string()),
  delegated: z.array(z.string()),
  createdAt: instant,
})

const credential = z.object({
  id,
  kind: z.enum(['secret', 'certificate', 'federated']),
  name: z.string(),
  hint: z.string().nullable(),
  thumbprint: z.string().nullable(),
  issuer: z.string().nullable(),
  subject: z.string().nullable(),
  audience: z.string().nullable(),
  createdAt: instant,
  endsAt: instant.nullable(),
})

const detail = app.extend({ credentials: z.array(credential) })
const made = z.object({ appId: id, id, endsAt: instant.nullable() })

const ADMITS = ['MalformedBody', 'BodyTooLarge', 'InvalidQuery', 'InvalidApplication', 'ApplicationNotFound'] as const

export const APP_ROUTES = {
  apps: {
    method: 'GET',
    path: '/apps',
    query: z.strictObject(s.paging),
    response: s.pageOf(app),
    faults: ['InvalidQuery', 'InvalidCursor'],
  },
  app: { method: 'GET', path: '/apps/:id', params, response: detail, faults: ['InvalidQuery', 'ApplicationNotFound'] },
  createApp: {
    method: 'POST',
    path: '/apps',
    body: z.strictObject({
      name: s.named,
      /** An existing service principal that is to sign in; a new one, if left out. */
      principal: s.named.optional(),
      publicClient: z.boolean().default(false),
      passwordGrant: z.boolean().default(false),
      redirectUris: words.default([]),
      application: words.default([]),
      delegated: words.default([]),
    }),
    response: detail,
    status: 201,
    faults: [...ADMITS, 'SubjectNotFound', 'ApplicationExists'],
  },
  removeApp: {
    method: 'POST',
    path: '/apps/:id/remove',
    params,
    response: z.object({ appId: id }),
    faults: ['InvalidQuery', 'ApplicationNotFound', 'CannotRemoveLastActiveAdministrator'],
  },
  changePermissions: {
    method: 'POST',
    path: '/apps/:id/permissions',
    params,
    body: z.strictObject({ kind: z.enum(['application', 'delegated']), add: words.default([]), remove: words.default([]) }),
    response: detail,
    faults: ADMITS,
  },
  addSecret: {
    method: 'POST',
    path: '/apps/:id/secrets',
    params,
    body: z.strictObject({ name: label, days: z.number().int().min(1).max(730).default(180) }),
    response: made.extend({ secret: z.string() }),
    status: 201,
    faults: ADMITS,
  },
  addCertificate: {
    method: 'POST',
    path: '/apps/:id/certificates',
    params,
    body: z.strictObject({ name: label, pem: z.string().max(20_000) }),
    response: made,
    status: 201,
    faults: [...ADMITS, 'ApplicationExists'],
  },
  addFederated: {
    method: 'POST',
    path: '/apps/:id/federated',
    params,
    body: z.strictObject({
      name: label,
      issuer: z.string().max(500),
      subject: z.string().min(1).max(500),
      audience: z.string().min(1).max(500).default('api://AzureADTokenExchange'),
      keys: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(20) }).optional(),
    }),
    response: made,
    status: 201,
    faults: [...ADMITS, 'ApplicationExists'],
  },
  removeCredential: {
    method: 'POST',
    path: '/apps/:id/credentials/remove',
    params,
    body: z.strictObject({ credential: id }),
    response: z.object({ id }),
    faults: [...ADMITS, 'ResourceNotFound'],
  },
} as const
