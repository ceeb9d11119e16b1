// The part of the native API about identity providers, one's own sign-in, and accounts for emergencies. A secret goes in, and never out.

import { z } from 'zod'
import * as s from './schemas.ts'

const instant = z.iso.datetime()
const id = z.guid()
/** A provider's id, or its name. */
const params = z.object({ id: s.named })
const strength = z.enum(['mfa', 'phishingResistant', 'passkey'])
const words = (most: number) => z.array(z.string().max(200)).max(most)

const settings = z.strictObject({
  scopes: words(20),
  clientAuth: z.enum(['basic', 'post', 'none']),
  /** What each exact value of `acr` and `amr` is worth; one that is not here is worth nothing. */
  acr: z.record(z.string().max(200), strength),
  amr: z.record(z.string().max(200), strength),
  /** `acr_values` to ask for, by context. */
  contexts: z.record(z.string().max(10), words(10)),
  device: z.strictObject({ claim: z.string().min(1).max(200), value: z.string().max(200) }).nullable(),
  createPeople: z.strictObject({ claim: z.string().min(1).max(200), domains: words(50) }).nullable(),
  groups: z.strictObject({ claim: z.string().min(1).max(200), names: z.record(z.string().max(200), z.string().max(256)) }).nullable(),
})

const provider = settings.extend({
  id,
  name: z.string(),
  displayName: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  enabled: z.boolean(),
  hasSecret: z.boolean(),
  /** What to register there. */
  redirectUri: z.string(),
  createdAt: instant,
})

const link = z.object({
  subject: z.string(),
  principal: z.object({ id, displayName: z.string(), upn: z.string().nullable() }),
  createdAt: instant,
  lastUsedAt: instant.nullable(),
})

const subject = z.string().min(1).max(255)
const BODIES = ['MalformedBody', 'BodyTooLarge', 'InvalidQuery'] as const
const EDITS = [...BODIES, 'InvalidProvider', 'ProviderExists', 'IdentityConflict', 'IdentityNotKept', 'InvalidObject'] as const

export const PROVIDER_ROUTES = {
  signOut: { method: 'POST', path: '/me/sign-out', response: z.object({ ended: z.boolean() }), faults: [] },
  emergencyAccess: {
    method: 'GET',
    path: '/emergency-access',
    response: z.object({
      accounts: z.array(
        z.object({
          id,
          upn: z.string(),
          displayName: z.string(),
          sealedSecret: z.boolean(),
          passkeys: z.int(),
          lastUsedAt: instant.nullable(),
          problems: z.array(z.string()),
        }),
      ),
      warnings: z.array(z.string()),
      lastDrill: z.object({ at: instant, outcome: z.string() }).nullable(),
    }),
    faults: [],
  },
  identityProviders: { method: 'GET', path: '/identity-providers', response: s.pageOf(provider), faults: [] },
  identityProvider: {
    method: 'GET',
    path: '/identity-providers/:id',
    params,
    response: provider,
    faults: ['InvalidQuery', 'ProviderNotFound'],
  },
  addIdentityProvider: {
    method: 'POST',
    path: '/identity-providers',
    body: z.strictObject({
      name: z.string().max(100),
      displayName: z.string().max(200).optional(),
      issuer: z.string().max(500),
      clientId: z.string().max(500),
      secret: z.string().min(1).max(2_000).nullable().default(null),
      ...settings.partial().shape,
    }),
    response: provider,
    status: 201,
    faults: EDITS,
  },
  changeIdentityProvider: {
    method: 'PATCH',
    path: '/identity-providers/:id',
    params,
    body: z.strictObject({
      displayName: z.string().max(200).optional(),
      clientId: z.string().max(500).optional(),
      secret: z.string().min(1).max(2_000).optional(),
      enabled: z.boolean().optional(),
      ...settings.partial().shape,
    }),
    response: provider,
    faults: [...EDITS, 'ProviderNotFound'],
  },
  removeIdentityProvider: {
    method: 'POST',
    path: '/identity-providers/:id/remove',
    params,
    response: z.object({ id }),
    faults: ['InvalidQuery', 'ProviderNotFound'],
  },
  testIdentityProvider: {
    method: 'POST',
    path: '/identity-providers/:id/test',
    params,
    response: z.object({
      issuer: z.string(),
      authorizationEndpoint: z.string(),
      tokenEndpoint: z.string(),
      keys: z.int(),
      acrValues: z.array(z.string()),
      /** What of the settings the provider does not say that it offers. */
      doubts: z.array(z.string()),
    }),
    faults: ['InvalidQuery', 'ProviderNotFound', 'ProviderUnreachable'],
  },
  identityLinks: {
    method: 'GET',
    path: '/identity-providers/:id/links',
    params,
    query: z.strictObject(s.paging),
    response: s.pageOf(link),
    faults: ['InvalidQuery', 'InvalidCursor', 'ProviderNotFound'],
  },
  linkIdentity: {
    method: 'POST',
    path: '/identity-providers/:id/links',
    params,
    body: z.strictObject({ principal: s.named, subject }),
    response: z.object({ id }),
    status: 201,
    faults: [...BODIES, 'ProviderNotFound', 'SubjectNotFound', 'InvalidProvider', 'ProviderExists'],
  },
  unlinkIdentity: {
    method: 'POST',
    path: '/identity-providers/:id/links/remove',
    params,
    body: z.strictObject({ subject }),
    response: z.object({ id }),
    faults: [...BODIES, 'ProviderNotFound', 'ResourceNotFound'],
  },
} as const
