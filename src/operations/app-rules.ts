// What a registration may say: permissions by their form, and addresses that a code may be sent to.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

/** Limits of one application; who needs more wants another application. */
export const MOST = { credentials: 20, redirects: 20, permissions: 100 } as const

export const invalidApp = (detail: string) => refuse(fault('InvalidApplication', { detail }))

const PERMISSION = /^[A-Za-z][A-Za-z0-9_.-]{0,119}$/

/** Permissions such as `RoleManagement.ReadWrite.Directory`. Fault: `InvalidApplication`. */
export function checkPermissions(names: readonly string[]): Result<true> {
  const wrong = names.find((name) => !PERMISSION.test(name))
  if (wrong !== undefined) return invalidApp(`\`${wrong.slice(0, 60)}\` is no permission such as \`RoleManagement.ReadWrite.Directory\``)
  return names.length <= MOST.permissions ? ok(true) : invalidApp(`at most ${MOST.permissions} permissions`)
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Only https, or http to the very machine the browser runs on. Fault: `InvalidApplication`. */
export function checkRedirects(uris: readonly string[]): Result<true> {
  if (uris.length > MOST.redirects) return invalidApp(`at most ${MOST.redirects} redirect addresses`)
  for (const uri of uris) {
    const url = URL.canParse(uri) ? new URL(uri) : null
    const fits = url && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    if (!fits || uri.includes('#') || url.username !== '' || url.password !== '' || uri.length > 1_000)
      return invalidApp(`\`${uri.slice(0, 100)}\` is no redirect address: \`https://…\`, or \`http://localhost\`, without a fragment`)
  }
  return ok(true)
}
