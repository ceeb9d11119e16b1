// A sign-in on our pages, step by step: for an application, and for the account's own pages. Whoever runs one says what the browser is
// bound by and where it ends; what happens in between is here.

import type { Context } from 'hono'
import type { Fault } from '../../domain/faults.ts'
import type { Result } from '../../domain/result.ts'
import { boundNames } from '../../operations/bound-names.ts'
import { beginAssertion, signInByPasskey } from '../../operations/passkeys.ts'
import { type Around, asksForCode, offersOf, type SignedIn, signInByCode, signInByPassword, startOver } from '../../operations/sign-in.ts'
import { knownBrowser } from '../browser-cookies.ts'
import type { Deps } from '../deps.ts'
import { pagePolicy } from '../html.ts'
import type { Form } from './form.ts'
import { codePage, type SignInPage, signInPage } from './sign-in-page.ts'

export interface Conversation {
  /** What the browser, and nobody else, has shown: its steps are kept by it. */
  readonly at: string
  readonly around: Around
  readonly page: Pick<SignInPage, 'action' | 'fields' | 'title' | 'app' | 'name' | 'providers' | 'more'>
  /** Where the forms lead in the end, beside us. */
  readonly formTargets: readonly string[]
}

/** What a sign-in is around: the address and the browser it comes from. */
export const fromOf = (c: Context, deps: Deps, address: string | null) => ({ address, browser: knownBrowser(c, deps) })

/** The page of the step that this browser is at. */
export async function currentPage(c: Context, deps: Deps, talk: Conversation, wrong: string | null = null): Promise<Response> {
  const { ctx, publicUrl } = deps
  const { around, at, formTargets } = talk
  const policy = (script: boolean) => ({ 'content-security-policy': pagePolicy({ formTargets, script }) })
  const status = wrong === null ? 200 : 400
  if (await asksForCode(ctx, at)) return c.html(codePage({ ...talk.page, wrong }), status, policy(false))
  const [offers, options, bound] = await Promise.all([
    offersOf(ctx, around.wish, around.address),
    beginAssertion(ctx, at, publicUrl),
    around.bound === null ? null : boundNames(ctx, around.bound),
  ])
  return c.html(signInPage({ ...talk.page, wrong, offers, options, bound }), status, policy(offers.passkey === null))
}

type Answer = (deps: Deps, talk: Conversation, form: Form) => Promise<Result<SignedIn | null>>

const ANSWERS: Readonly<Record<string, Answer>> = {
  passkey: ({ ctx, publicUrl }, { at, around }, { response = '' }) => signInByPasskey(ctx, at, publicUrl, response, around),
  code: ({ ctx }, { at, around }, { code = '' }) => signInByCode(ctx, at, code, around),
  async restart({ ctx }, { at }) {
    await startOver(ctx, at)
    return { ok: true, value: null }
  },
  async password({ ctx }, { at, around }, { username = '', password = '' }) {
    const step = await signInByPassword(ctx, at, { name: username, password }, around)
    return step.ok ? { ok: true, value: step.value.t === 'in' ? step.value.signed : null } : step
  },
}

/** What was sent, judged: the person signed in; null where another step comes; or why not. */
export function answered(deps: Deps, talk: Conversation, form: Form): Promise<Result<SignedIn | null>> {
  const answer = Object.hasOwn(ANSWERS, form.do ?? '') ? ANSWERS[form.do ?? ''] : undefined
  return (answer ?? ANSWERS.password!)(deps, talk, form)
}

/** The page after a refusal, with what was typed for a name. */
export const refusedStep = (c: Context, deps: Deps, talk: Conversation, form: Form, refused: Fault): Promise<Response> =>
  currentPage(c, deps, { ...talk, page: { ...talk.page, name: (form.username ?? talk.page.name).slice(0, 256) } }, refused.words)
