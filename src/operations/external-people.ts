// People and memberships that come by signing in (just-in-time): only where the provider was allowed to, and only what its own source
// keeps. A name that somebody has here is theirs: nobody takes it over by having it elsewhere.

import { type ClaimSet, claimText } from '../domain/access/provider.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { insertIdentity, type ProviderRow, selectIdentity } from '../store/identity-providers.ts'
import type { Ctx } from './context.ts'
import { keepMemberships } from './identity-members.ts'
import { type Run, sourceCall } from './identity-run.ts'
import { provisionUsers } from './identity-users.ts'
import { holdById, withinSource } from './identity-within.ts'

const about = (subjectId: string, action: string) => ({ subject: 'identityProvider', subjectId, action })

const run = <T>(ctx: Ctx, p: ProviderRow, action: string, work: (run: Run) => Promise<Result<T>>): Promise<Result<T>> => {
  const how = { hold: holdById(p.sourceId ?? ''), call: sourceCall(ctx.ids()), pushed: true, about: about(p.id, action) }
  return withinSource(ctx, how, work)
}

const domainOf = (name: string): string => name.slice(name.lastIndexOf('@') + 1).toLowerCase()

/** Why the provider may make nobody of these claims, or null. */
function objection(p: ProviderRow, claims: ClaimSet): Fault | null {
  const { createPeople } = p.settings
  const name = createPeople && p.sourceId !== null ? claimText(claims, createPeople.claim) : null
  if (createPeople === null || p.sourceId === null) return fault('NotLinked', { provider: p.displayName })
  const allowed = name?.includes('@') && createPeople.domains.some((d) => d.toLowerCase() === domainOf(name))
  // Whoever may write any address into their profile there would hold the name of somebody who is yet to come.
  const doubted = createPeople.claim === 'email' && Object.hasOwn(claims, 'email_verified') && claims.email_verified !== true
  return allowed && !doubted ? null : fault('NotLinked', { provider: p.displayName })
}

/** Makes a person whom nobody here is. Faults: `NotLinked`, `InvalidObject`. */
export async function firstSight(ctx: Ctx, p: ProviderRow, subject: string, claims: ClaimSet): Promise<Result<string>> {
  const wrong = objection(p, claims)
  if (wrong) return refuse(wrong)
  const userName = claimText(claims, p.settings.createPeople?.claim ?? '') ?? ''
  // Not cut in the middle of a character.
  const displayName = (claimText(claims, 'name') ?? userName).slice(0, 256).replace(/[\ud800-\udbff]$/, '')
  const made = await run(ctx, p, 'firstSight', async (r) => {
    // Two windows of one person may come back at once.
    const there = await selectIdentity(r.tx, p.id, subject)
    if (there !== null) return ok(there)
    const described = { externalId: subject, userName, displayName, mail: null, active: true, attributes: {}, doc: {} }
    const [made] = await provisionUsers(r, [described])
    if (!made?.ok) return made ?? refuse(fault('NotLinked', { provider: p.displayName }))
    await insertIdentity(r.tx, p.id, subject, made.value.principalId, r.now)
    return ok(made.value.principalId)
  })
  // The event says that the name is somebody's here; whoever asks from elsewhere is not told who there is.
  return !made.ok && made.fault.code === 'IdentityConflict' ? refuse(fault('NotLinked', { provider: p.displayName })) : made
}

/** Puts a person into exactly these of the source's groups. Whom an administrator linked is kept by nobody, and stays as they are. */
export async function keepGroups(ctx: Ctx, p: ProviderRow, personId: string, groups: readonly string[]): Promise<Result<unknown>> {
  if (p.sourceId === null) return ok(null)
  return run(ctx, p, 'keepGroups', (r) => keepMemberships(r, personId, groups))
}
