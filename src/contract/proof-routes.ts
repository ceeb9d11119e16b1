// The part of the native API about proofs: authentication contexts, and what a rule asks of a proof beyond what the reference knows.

import { z } from 'zod'
import * as s from './schemas.ts'

const age = z.iso.duration()

const context = z.object({
  /** `c1` to `c99`. */
  id: z.string(),
  displayName: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  strength: z.enum(['mfa', 'phishingResistant', 'passkey']),
  /** Since the proof; null: as long as its token lives. */
  maximumAge: age.nullable(),
  /** CIDR; none means anywhere. */
  networks: z.array(z.string().max(60)).max(100),
  /** Must the identity provider say that the device complies? */
  compliantDevice: z.boolean(),
})

/** What a rule asks of a proof: `session` is the reference's reading, null leaves it to the context or the installation. */
const proof = z.strictObject({
  maximumAge: z
    .union([z.literal('session'), age])
    .nullable()
    .optional(),
  boundToRequest: z.boolean().optional(),
})

const texts = z.array(z.string().max(1_000)).max(100)
const change = z.strictObject({
  id: z.string().max(100),
  proof: proof.optional(),
  isEnabled: z.boolean().optional(),
  claimValue: z.string().max(10).nullable().optional(),
  enabledRules: texts.optional(),
  isExpirationRequired: z.boolean().optional(),
  maximumDuration: z.string().max(50).optional(),
})

export const PROOF_ROUTES = {
  authenticationContexts: {
    method: 'GET',
    path: '/authentication-contexts',
    response: s.pageOf(context),
    faults: [],
  },
  setAuthenticationContext: {
    method: 'PATCH',
    path: '/authentication-contexts/:id',
    params: z.object({ id: z.string().max(10) }),
    body: z.strictObject(context.omit({ id: true }).partial().shape),
    response: context,
    faults: ['MalformedBody', 'BodyTooLarge', 'InvalidContext', 'InvalidDuration', 'LastAbleAdministrator'],
  },
  updatePolicy: {
    method: 'PATCH',
    path: '/policies/:plane',
    params: z.object({ plane: s.plane }),
    query: z.strictObject({ role: s.named, scope: s.named.optional() }),
    /** The rules that change, by id; what is left out stays. */
    body: z.strictObject({ rules: z.array(change).min(1).max(20) }),
    response: s.policy,
    faults: [
      'MalformedBody',
      'BodyTooLarge',
      'InvalidQuery',
      'RoleNotFound',
      'ResourceNotFound',
      'SubjectNotFound',
      'InvalidPolicy',
      'MfaAndAcrsConflict',
      'LastAbleAdministrator',
    ],
  },
} as const
