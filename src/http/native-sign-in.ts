// What people are signed in to, and links to enrol by, as the native API shows them.

import type { Output } from '../contract/routes.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant, HOUR } from '../domain/time.ts'
import { appNames } from '../operations/app-names.ts'
import type { Ctx } from '../operations/context.ts'
import { makeEnrolment } from '../operations/enrolment.ts'
import { listSessions, revokeSession } from '../operations/sessions.ts'
import type { Caller } from './authenticate.ts'
import type { Handlers } from './native-handlers.ts'

async function sessionsOf(ctx: Ctx, { call, claims }: Caller, id: string): Promise<Result<Output<'mySessions'>>> {
  const found = await listSessions(ctx, call, id)
  if (!found.ok) return found
  const names = await appNames(
    ctx,
    found.value.flatMap(({ appId }) => appId ?? []),
  )
  return ok({
    items: found.value.map((s) => ({
      id: s.id,
      application: s.appId === null ? null : { id: s.appId, name: names.get(s.appId) ?? s.appId },
      methods: [...s.methods],
      provenAt: formatInstant(s.provenAt),
      beganAt: formatInstant(s.beganAt),
      seenAt: formatInstant(s.seenAt),
      endsAt: formatInstant(s.endsAt),
      address: s.address,
      agent: s.agent,
      current: s.id === claims.session,
    })),
  })
}

export const SIGN_IN_HANDLERS: Pick<Handlers, 'mySessions' | 'revokeMySession' | 'sessionsOf' | 'revokeSessionOf' | 'makeEnrolment'> = {
  mySessions: (ctx, caller) => sessionsOf(ctx, caller, caller.claims.oid),
  revokeMySession: (ctx, { call, claims }, { params }) => revokeSession(ctx, call, claims.oid, params.id),
  sessionsOf: (ctx, caller, { params }) => sessionsOf(ctx, caller, params.id),
  revokeSessionOf: (ctx, { call }, { params }) => revokeSession(ctx, call, params.id, params.session),
  async makeEnrolment(ctx, { call }, { params, body }) {
    const made = await makeEnrolment(ctx, call, params.id, body.hours * HOUR)
    if (!made.ok) return made
    const { upn, token, endsAt } = made.value
    return ok({ upn, path: `/enrol/${token}`, endsAt: formatInstant(endsAt) })
  },
}
