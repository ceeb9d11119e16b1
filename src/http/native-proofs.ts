// Authentication contexts, and what rules ask of proofs, at the native door: lengths are ISO 8601 here, milliseconds within.

import type { Output } from '../contract/routes.ts'
import type { RuleFields } from '../domain/policy/edit.ts'
import { ok } from '../domain/result.ts'
import { type Context, listAuthenticationContexts, setAuthenticationContext } from '../operations/authentication-contexts.ts'
import { resolvePrivilege } from '../operations/resolve-names.ts'
import { updatePolicy } from '../operations/update-policy.ts'
import type { Handlers } from './native-handlers.ts'
import { ageView, readAge } from './native-settings.ts'
import { policyView } from './native-views.ts'

const view = (c: Context): Output<'setAuthenticationContext'> => ({ ...c, networks: [...c.networks], maximumAge: ageView(c.maximumAge) })

/** What is said of an object, without what is not. */
const said = <T extends object>(sent: T) => Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined))

export const PROOF_HANDLERS: Pick<Handlers, 'authenticationContexts' | 'setAuthenticationContext' | 'updatePolicy'> = {
  async authenticationContexts(ctx, { call }) {
    const found = await listAuthenticationContexts(ctx, call)
    return found.ok ? ok({ items: found.value.map(view), next: null }) : found
  },
  async setAuthenticationContext(ctx, { call }, { params, body: { maximumAge, ...body } }) {
    const age = maximumAge === undefined || maximumAge === null ? ok(maximumAge) : readAge(maximumAge, 'maximumAge')
    if (!age.ok) return age
    const done = await setAuthenticationContext(ctx, call, params.id, { ...body, maximumAge: age.value })
    return done.ok ? ok(view(done.value)) : done
  },
  async updatePolicy(ctx, { call }, { params, query, body }) {
    const words = { role: query.role, scope: query.scope ?? null, plane: params.plane }
    const privilege = await resolvePrivilege(ctx, call, words, call.actor.t === 'system' ? null : call.actor.id)
    if (!privilege.ok) return privilege
    const edits = body.rules.map(({ id, ...fields }) => ({ id, kind: null, target: null, fields: said(fields) as RuleFields }))
    const done = await updatePolicy(ctx, call, privilege.value, edits)
    return done.ok ? ok(policyView(done.value)) : done
  },
}
