// What a client asks a token for: `{resource}/.default`, single permissions of one resource, or `resource=` in the older spelling. A
// resource that is not on the closed list is refused; there is no default (decision D26; stack, section 4).

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type AudienceKind, audienceKind } from '../auth/audience.ts'

export interface Asked {
  readonly kind: AudienceKind
  /** The resource in the client's spelling: the audience of its token. */
  readonly audience: string
  /** The words as they were sent, to be answered with. */
  readonly scope: string
}

const OPENID = new Set(['openid', 'profile', 'email', 'offline_access'])
const GRAPH = 'https://graph.microsoft.com'

/** One name a kind, as the token service keeps grants by. */
export const RESOURCES: readonly AudienceKind[] = ['arm', 'graph', 'own']
export const resourceOf = (kind: AudienceKind, origin: string): string =>
  kind === 'arm' ? 'https://management.azure.com' : kind === 'graph' ? GRAPH : origin

const badScope = (detail: string) => refuse(fault('InvalidScope', { detail }))

/** The resource part of a scope word. A bare permission such as `User.Read` is Graph's, by the reference's own rule. */
function resourceIn(word: string): Result<string> {
  const cut = word.lastIndexOf('/')
  if (cut > 0) return ok(word.slice(0, cut))
  return /^[A-Z]\w*(?:\.\w+)+$/.test(word) ? ok(GRAPH) : badScope(`the scope ${word.slice(0, 100)} is not valid`)
}

/** What is asked for; null where only the sign-in itself is. Faults: `InvalidScope`, `UnknownResource`. */
export function readAsked(scope: string | undefined, resource: string | undefined, origin: string): Result<Asked | null> {
  const words = (scope ?? '').split(' ').filter((word) => word !== '')
  if (words.length > 100) return badScope('too many words')
  const asked = new Set<string>()
  for (const word of words.filter((one) => !OPENID.has(one.toLowerCase()))) {
    const one = resourceIn(word)
    if (!one.ok) return one
    asked.add(one.value)
  }
  if (resource !== undefined && asked.size === 0) asked.add(resource)
  const [audience] = asked
  if (audience === undefined) return ok(null)
  if (asked.size > 1) return badScope('it names permissions of more than one resource')
  const kind = audienceKind(audience, origin)
  if (kind === null) return refuse(fault('UnknownResource', { resource: audience.slice(0, 200) }))
  return ok({ kind, audience, scope: words.length > 0 ? words.join(' ') : `${audience}/.default` })
}
