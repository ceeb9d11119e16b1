// The account's own pages, and enrolment: which addresses there are, and what stands before each. Nothing here takes a token; a session's
// cookie opens them, over https or within the machine.

import { type Context, Hono } from 'hono'
import { fault } from '../../domain/faults.ts'
import { ownerOf } from '../../operations/own-account.ts'
import { readCookie } from '../browser-cookies.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { type At, atOf, overSafeWire, ownForm, refusedPage, toPage } from './answer.ts'
import { CHANGES, type Mine, showAccount, showNewPasskey } from './changes.ts'
import { enrolPage, linkPage, openLink, takeCode, takePasskey, takePassword } from './enrol.ts'
import { recover, recoverForm, SESSION, signIn, signInForm } from './sign-in.ts'

type Handler = (at: At) => Promise<Response>

/** Only with a session. */
async function mineOf(at: At): Promise<Mine | null> {
  const cookie = readCookie(at.c, at.deps, SESSION)
  const owner = cookie === null ? null : await ownerOf(at.deps.ctx, cookie, at)
  return owner && cookie !== null ? { at, owner, cookie } : null
}

const own =
  (show: (mine: Mine) => Promise<Response>): Handler =>
  async (at) => {
    const mine = await mineOf(at)
    return mine ? show(mine) : toPage('/account/sign-in')
  }

/** A change: by a form of ours, with the token of this very session. */
const changed = (name: string): Handler =>
  async function change(at) {
    const mine = await mineOf(at)
    if (!mine) return refusedPage(at, fault('SignInEnded'))
    const form = await ownForm(at, mine.cookie)
    return form.ok ? CHANGES[name]!(mine, form.value) : refusedPage(at, form.fault)
  }

type Row = readonly [method: 'GET' | 'POST', path: string, handler: Handler]

const ROWS: readonly Row[] = [
  ['GET', '/account', own(showAccount)],
  ['GET', '/account/passkey', own(showNewPasskey)],
  ['GET', '/account/sign-in', signInForm],
  ['POST', '/account/sign-in', signIn],
  ['GET', '/account/recover', recoverForm],
  ['POST', '/account/recover', recover],
  ...Object.keys(CHANGES).map((name): Row => ['POST', `/account/${name}`, changed(name)]),
  ['GET', '/enrol', enrolPage],
  ['POST', '/enrol', openLink],
  ['POST', '/enrol/passkey', takePasskey],
  ['POST', '/enrol/password', takePassword],
  ['POST', '/enrol/code', takeCode],
  ['GET', '/enrol/:token', linkPage],
]

/** Mount before the door that takes every address. */
export function accountDoor(deps: Deps): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>()
  for (const [method, path, handler] of ROWS)
    app.on(method, path, async (c: Context<DoorEnv>) => {
      const at = atOf(c, deps)
      const safe = overSafeWire(at)
      return safe.ok ? handler(at) : refusedPage(at, safe.fault)
    })
  return app
}
