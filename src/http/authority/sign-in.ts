// The sign-in page of an application: bound to the interaction under way, which its browser's signed cookie names, and ended by sending
// the browser on.

import type { OidcInteraction } from 'oidc-provider'
import { fault } from '../../domain/faults.ts'
import { signingApp } from '../../operations/app-sign-in.ts'
import { signInProviders } from '../../operations/external-sign-in.ts'
import { rememberThis } from '../browser-cookies.ts'
import { begunHere } from './begun.ts'
import { type At, innerOf, OVER, refusedPage } from './browser.ts'
import { answered, type Conversation, currentPage, fromOf, refusedStep } from './conversation.ts'
import { externalHref } from './external.ts'
import { finishSignIn, onwards, wantedOf } from './finish.ts'
import { readForm } from './form.ts'
import { SIGN_IN } from './provider.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

async function conversationOf({ c, deps, service, about }: At, found: OidcInteraction): Promise<Conversation> {
  const appId = text(found.params.client_id)
  const app = await signingApp(deps.ctx, appId)
  const target = text(found.params.redirect_uri)
  const { contexts, methods, bound } = wantedOf(found)
  return {
    at: `authority ${found.uid}`,
    around: {
      ...fromOf(c, deps, about.address),
      ...{ appId, agent: about.agent, bound, correlationId: about.correlationId, wish: { contexts, methods } },
    },
    page: {
      action: `${SIGN_IN}/${found.uid}`,
      fields: { form_token: await service.stamp(found.uid) },
      title: 'Sign in',
      app: app?.displayName ?? appId,
      name: text(found.params.login_hint),
      providers: (await signInProviders(deps.ctx)).map(({ id, displayName }) => ({ href: externalHref(found.uid, id), displayName })),
    },
    formTargets: URL.canParse(target) ? [new URL(target).origin] : [],
  }
}

/** The sign-in page. */
export async function signInForm(at: At): Promise<Response> {
  const found = await begunHere(at)
  return found ? currentPage(at.c, at.deps, await conversationOf(at, found)) : refusedPage(at, OVER)
}

/** Its forms, sent. */
export async function signIn(at: At): Promise<Response> {
  const { c, deps, service } = at
  const form = await readForm(c)
  if (!form.ok) return refusedPage(at, form.fault)
  const found = await begunHere(at)
  if (!found) return refusedPage(at, OVER)
  if (!(await service.stamped(found.uid, form.value.form_token ?? '')))
    return refusedPage(at, fault('InvalidSignIn', { detail: 'the form is not ours: open the page again' }))
  const inner = innerOf(c, `${SIGN_IN}/${found.uid}`, 'all')
  if (form.value.do === 'cancel') return onwards(service, inner, { error: 'access_denied', error_description: 'the person declined' })
  const talk = await conversationOf(at, found)
  const step = await answered(deps, talk, form.value)
  if (!step.ok) return refusedStep(c, deps, talk, form.value, step.fault)
  if (!step.value) return currentPage(c, deps, talk)
  const response = await finishSignIn(deps, service, inner, step.value)
  rememberThis(c, deps, response, step.value.person.id)
  return response
}
