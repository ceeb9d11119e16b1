// What the account's pages share: a request in the middle of being answered, its pages with their policy, and what every form must show.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { type Fault, fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { addressOf, requestIdOf } from '../authenticate.ts'
import { type Form, readForm } from '../authority/form.ts'
import { isOwnForm, mayHaveCookies } from '../browser-cookies.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { errorPage, pagePolicy } from '../html.ts'

export interface At {
  readonly c: Context<DoorEnv>
  readonly deps: Deps
  readonly correlationId: string
  readonly address: string | null
  readonly agent: string | null
}

export const atOf = (c: Context<DoorEnv>, deps: Deps): At => ({
  c,
  deps,
  correlationId: requestIdOf(c) || deps.ctx.ids(),
  address: addressOf(c, deps),
  agent: c.req.header('user-agent') ?? null,
})

export type PageStatus = 200 | 400 | 403 | 404 | 409

export const shown = (
  { c }: At,
  html: string,
  { status = 200, script = false }: { status?: PageStatus; script?: boolean } = {},
): Response => c.html(html, status, { 'content-security-policy': pagePolicy({ script }) })

/** A refusal as a page. */
export const refusedPage = (at: At, refused: Fault): Response => shown(at, errorPage(refused.words, at.correlationId), { status: 400 })

export const toPage = (location: string): Response => new Response(null, { status: 303, headers: { location } })

/** The token of the forms of whoever has this cookie: made of it, so that nobody else has one, and it ends with it. */
export const formToken = (cookie: string): string => createHmac('sha256', cookie).update('stint account forms').digest('base64url')

const same = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

const NOT_OURS = fault('InvalidSignIn', { detail: 'the form is not ours: open the page again' })

/** A form of ours, sent by a page of ours from the browser that has the cookie. Faults: `InvalidSignIn`, `BodyTooLarge`. */
export async function ownForm({ c, deps }: At, cookie: string | null): Promise<Result<Form>> {
  if (!isOwnForm(c, deps)) return refuse(NOT_OURS)
  const form = await readForm(c)
  if (!form.ok) return form
  if (cookie !== null && !same(form.value.form_token ?? '', formToken(cookie))) return refuse(NOT_OURS)
  return ok(form.value)
}

/** Cookies go over https, or within the machine. Fault: `InsecureConnection`. */
export const overSafeWire = ({ c, deps }: At): Result<true> => (mayHaveCookies(c, deps) ? ok(true) : refuse(fault('InsecureConnection')))
