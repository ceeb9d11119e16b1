// The part of the native API about people's own sign-in: what they are signed in to, and links to enrol by.

import { z } from 'zod'
import * as s from './schemas.ts'

const instant = z.iso.datetime()
const id = z.guid()
const one = z.object({ id, session: id })

const session = z.object({
  id,
  /** Null for the server's own pages. */
  application: z.object({ id, name: z.string() }).nullable(),
  methods: z.array(z.string()),
  provenAt: instant,
  beganAt: instant,
  seenAt: instant,
  endsAt: instant,
  address: z.string().nullable(),
  agent: z.string().nullable(),
  /** Is it the one that asks? */
  current: z.boolean(),
})
const list = z.object({ items: z.array(session) })
const done = z.literal(true)

export const SIGN_IN_ROUTES = {
  mySessions: { method: 'GET', path: '/me/sessions', response: list, faults: [] },
  revokeMySession: {
    method: 'POST',
    path: '/me/sessions/:id/revoke',
    params: s.byId,
    response: done,
    faults: ['InvalidQuery', 'ResourceNotFound'],
  },
  sessionsOf: { method: 'GET', path: '/people/:id/sessions', params: s.byId, response: list, faults: ['InvalidQuery', 'ResourceNotFound'] },
  revokeSessionOf: {
    method: 'POST',
    path: '/people/:id/sessions/:session/revoke',
    params: one,
    response: done,
    faults: ['InvalidQuery', 'ResourceNotFound'],
  },
  makeEnrolment: {
    method: 'POST',
    path: '/people/:id/enrolment',
    params: s.byId,
    body: z.strictObject({ hours: z.number().int().min(1).max(72).default(24) }),
    /** Told in this answer and never again. */
    response: z.object({ upn: z.string(), path: z.string(), endsAt: instant }),
    status: 201,
    faults: ['MalformedBody', 'BodyTooLarge', 'InvalidQuery', 'ResourceNotFound', 'PrincipalNotAllowed', 'AccountDisabled', 'MfaRequired'],
  },
} as const
