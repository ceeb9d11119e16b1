// What an identity provider's registration may say. Checked before anything of it is written.

import type { ProviderSettings } from '../domain/access/provider.ts'
import { isContextId } from '../domain/access/strength.ts'
import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** May this be asked? Https; beyond it only this machine itself. */
export function isAskable(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname)))
}

export interface Described {
  readonly name: string
  readonly displayName: string
  readonly issuer: string
  readonly clientId: string
  readonly settings: ProviderSettings
  readonly hasSecret: boolean
}

// What a provider reads as our own, or as an order of its own.
const RESERVED = new Set(['openid', 'offline_access'])
// biome-ignore lint/suspicious/noControlCharactersInRegex: what nobody can see in a name is refused
const UNPRINTABLE = /[\u0000-\u001f\u007f]/
const NAME = /^[\w.-]{1,60}$/
/** What has no blank and no quote: these go into addresses, as words among others. */
const WORD = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/

const wrongTable = (table: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(table).length > 100 || Object.keys(table).some((one) => one === '' || one.length > 200)

function settingsObjection(s: ProviderSettings, domains: readonly string[]): string | null {
  if (s.scopes.length > 20 || s.scopes.some((one) => !WORD.test(one) || RESERVED.has(one)))
    return 'a scope is one word; `openid` is always asked for, and `offline_access` never'
  if (wrongTable(s.acr) || wrongTable(s.amr)) return 'at most a hundred values of `acr` and of `amr`, each of 1 to 200 characters'
  for (const [id, values] of Object.entries(s.contexts)) {
    if (!isContextId(id)) return `\`${id.slice(0, 20)}\` is no authentication context: they are called \`c1\` to \`c99\``
    if (values.length === 0 || values.length > 10 || values.some((one) => !WORD.test(one)))
      return `what is asked for \`${id}\` are 1 to 10 words`
    // What is asked for and counts for nothing would send people in a circle.
    if (values.every((one) => !Object.hasOwn(s.acr, one)))
      return `none of the values asked for \`${id}\` has a strength: give one of them with \`--acr\``
  }
  const foreign = s.createPeople?.domains.find((one) => !domains.some((d) => d.toLowerCase() === one.toLowerCase()))
  if (foreign !== undefined) return `\`${foreign.slice(0, 100)}\` is none of the tenant's domains: ${domains.join(', ')}`
  if (s.createPeople?.domains.length === 0) return 'name the domains that people may be made in'
  if (s.groups && wrongTable(s.groups.names)) return 'at most a hundred groups, each named by 1 to 200 characters'
  return null
}

function objection(p: Described, domains: readonly string[]): string | null {
  if (!NAME.test(p.name) || isGuid(p.name)) return 'its name has 1 to 60 letters, digits, dots, dashes or underscores, and is no id'
  if (p.displayName.trim() === '' || p.displayName.length > 100 || UNPRINTABLE.test(p.displayName))
    return 'its display name has 1 to 100 printable characters'
  if (!isAskable(p.issuer) || p.issuer.length > 500 || /[?#]/.test(p.issuer))
    return 'its issuer is an https address without query; http only on this machine'
  if (p.clientId === '' || p.clientId.length > 500 || UNPRINTABLE.test(p.clientId)) return 'its client id has 1 to 500 printable characters'
  if ((p.settings.clientAuth !== 'none') !== p.hasSecret)
    return p.hasSecret ? 'a client that shows no secret has none: leave it out' : 'a client that shows a secret needs one'
  return settingsObjection(p.settings, domains)
}

/** Fault: `InvalidProvider`. */
export function checkProvider(p: Described, domains: readonly string[]): Result<true> {
  const detail = objection(p, domains)
  return detail === null ? ok(true) : refuse(fault('InvalidProvider', { detail }))
}
