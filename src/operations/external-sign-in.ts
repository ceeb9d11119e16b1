// Signing in at an identity provider: what is kept while a browser is away, whom the answer is about, and what it proves. Matched by
// issuer and subject alone, never by a mail or a name, which anybody may have elsewhere.

import {
  acrValues,
  type ClaimSet,
  claimText,
  groupsOf,
  methodsOf,
  type ProviderSettings,
  saysCompliant,
} from '../domain/access/provider.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Instant, MINUTE, SECOND } from '../domain/time.ts'
import { selectSignIn } from '../store/authority-people.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { insertUnderWay, takeOutcome, takeUnderWay, writeOutcome } from '../store/external-sign-ins.ts'
import {
  type ProviderRow,
  selectIdentity,
  selectProvider,
  selectProviders,
  shareProvider,
  touchIdentity,
} from '../store/identity-providers.ts'
import type { Ctx } from './context.ts'
import { firstSight, keepGroups } from './external-people.ts'
import { hashOf } from './secret-hash.ts'
import { beginSession, type Evidence, lackOf } from './sessions.ts'
import type { SignedIn } from './sign-in.ts'

const LIFE_MS = 10 * MINUTE
/** As it is kept, and no two kept as one: no control character, no half of a character. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u
/** Between two clocks. */
const LEEWAY_MS = MINUTE

/** What an application's challenge wants of the sign-in. */
export interface WantedThere {
  readonly contexts: readonly string[]
  readonly methods: readonly string[]
  readonly bound: string | null
}

/** The providers that the sign-in page offers. */
export const signInProviders = async (ctx: Ctx): Promise<readonly { readonly id: string; readonly displayName: string }[]> =>
  (await selectProviders(ctx.db, true)).slice(0, 20).map(({ id, displayName }) => ({ id, displayName }))

/** A provider that may be signed in at, or null. */
export async function enabledProvider(ctx: Ctx, id: string): Promise<ProviderRow | null> {
  const found = await selectProvider(ctx.db, { id })
  return found?.enabled ? found : null
}

/** Must the provider ask anew? A challenge is answered by proof that was made for it, not by what lay around. */
export const wantsFresh = ({ contexts, methods, bound }: WantedThere): boolean => contexts.length + methods.length > 0 || bound !== null

/** The `acr_values` that may satisfy what is wanted. */
export const acrFor = (settings: ProviderSettings, { contexts }: WantedThere): readonly string[] => acrValues(settings, contexts)

export interface Sent {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** The browser's own secret, in its cookie. */
  readonly browser: string
  readonly interaction: string
  readonly providerId: string
  readonly wanted: WantedThere
}

const sealedFor = (state: string): string => `external-sign-in ${state}`

/** Keeps what must be known when the browser comes back, for ten minutes. */
export async function sendAway(ctx: Ctx, s: Sent): Promise<void> {
  const state = hashOf(s.state)
  const now = ctx.now()
  const sealed = ctx.sealer.seal(JSON.stringify({ nonce: s.nonce, verifier: s.verifier }), sealedFor(state))
  const { providerId, interaction, wanted } = s
  const row = { providerId, interaction, sealed, wanted: { ...wanted }, beganAt: now, endsAt: now + LIFE_MS }
  await insertUnderWay(ctx.db, { ...row, state, browser: hashOf(s.browser) })
}

export interface Back {
  readonly provider: ProviderRow
  readonly interaction: string
  readonly nonce: string
  readonly verifier: string
  readonly wanted: WantedThere
  readonly beganAt: Instant
}

const refusal = (detail: string) => refuse(fault('ExternalSignInRefused', { detail }))

/** Takes a state that came back, once, from the browser it was given to. Fault: `ExternalSignInRefused`. */
export async function comeBack(ctx: Ctx, state: string, browser: string): Promise<Result<Back>> {
  const hash = hashOf(state)
  const row = await takeUnderWay(ctx.db, hash, hashOf(browser), ctx.now())
  if (!row) return refusal('it was not begun in this browser, has ended, or was used already: start again in the application')
  const provider = await enabledProvider(ctx, row.providerId)
  if (!provider) return refusal('the identity provider was turned off')
  const { nonce, verifier } = JSON.parse(ctx.sealer.open(row.sealed, sealedFor(hash))) as { nonce: string; verifier: string }
  const { interaction, beganAt } = row
  return ok({ provider, interaction, nonce, verifier, wanted: row.wanted as unknown as WantedThere, beganAt })
}

/**
 * When the provider saw the proof. Never later than now; an unknown time is the beginning of time, which is too old for whatever asks
 * for an age. Where fresh proof was asked for, it must say that it is.
 */
function provenAt(claims: ClaimSet, back: Back, now: Instant): Instant | Fault {
  const said = claims.auth_time
  const fresh = wantsFresh(back.wanted)
  const wrong = (detail: string) => fault('ExternalSignInRefused', { detail })
  if (said === undefined || said === null) return fresh ? wrong('it does not say when you proved who you are') : 0
  if (typeof said !== 'number' || !Number.isSafeInteger(said) || said < 0) return wrong('it says no time that could be')
  const at = said * SECOND
  if (at > now + LEEWAY_MS) return wrong('it says that the proof is of the future')
  if (fresh && at < back.beganAt - LEEWAY_MS) return wrong('you were not asked for a new proof there')
  return Math.min(at, now)
}

/** What its answer proves, by the provider's own table. */
function evidenceOf(back: Back, claims: ClaimSet, now: Instant): Result<Evidence> {
  const at = provenAt(claims, back, now)
  if (typeof at !== 'number') return refuse(at)
  const { settings, id } = back.provider
  const proven = { methods: methodsOf(settings, claims), provenAt: at, contexts: [] }
  return ok({ ...proven, providerId: id, compliantDevice: saysCompliant(settings, claims), bound: back.wanted.bound })
}

/**
 * Judges the claims of a provider, whose signature and audience hold, and keeps the outcome for the browser to go on with. Faults:
 * `ExternalSignInRefused`, `NotLinked`, `AccountDisabled`, and those of making a person.
 */
export async function judgeAnswer(ctx: Ctx, state: string, back: Back, claims: ClaimSet, address: string | null): Promise<Result<true>> {
  const { provider } = back
  const subject = claimText(claims, 'sub')
  if (subject === null || !SUBJECT.test(subject)) return refusal('it does not say who you are')
  const evidence = evidenceOf(back, claims, ctx.now())
  if (!evidence.ok) return evidence
  const lack = lackOf(ctx, back.wanted, { ...evidence.value, address })
  if (lack !== null) return refusal(lack)
  const known = await selectIdentity(ctx.db, provider.id, subject)
  const person = known === null ? await firstSight(ctx, provider, subject, claims) : ok(known)
  if (!person.ok) return person
  // Before any group: whoever may not act gains nothing.
  const row = await selectSignIn(ctx.db, person.value)
  if (!row?.enabled) return refuse(fault('AccountDisabled'))
  if (row.emergency) return refusal('an account for emergencies signs in by itself')
  const groups = groupsOf(provider.settings, claims)
  const kept = groups === null ? ok(null) : await keepGroups(ctx, provider, person.value, groups)
  if (!kept.ok) return kept
  await writeOutcome(ctx.db, hashOf(state), { personId: person.value, subject, evidence: evidence.value, worth: worthOf(provider) })
  return ok(true)
}

/** By which table its words were judged, and for which client. */
const worthOf = ({ settings, clientId }: ProviderRow): string => hashOf(JSON.stringify([settings, clientId]))

export interface Finish {
  readonly browser: string
  readonly interaction: string
  readonly appId: string
  readonly address: string | null
  readonly agent: string | null
  readonly correlationId: string
  /** As the sign-in is asked for now: what was proved for another request is no proof for this one. */
  readonly bound: string | null
}

/** Begins the session of whoever came back, once. Faults: `ExternalSignInRefused`, `AccountDisabled`. */
export async function finishExternal(ctx: Ctx, f: Finish): Promise<Result<SignedIn>> {
  const over = refusal('it is over: start again in the application')
  return ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const taken = await takeOutcome(tx, hashOf(f.browser), f.interaction, now)
    if (!taken) return over
    const { personId, subject, evidence, worth } = taken.outcome as {
      personId: string
      subject: string
      evidence: Evidence
      worth: string
    }
    if (evidence.bound !== f.bound) return over
    const provider = await shareProvider(tx, taken.providerId)
    // Unlinked, turned off or worth something else meanwhile: what was true a moment ago is not enough.
    if (!provider?.enabled || worthOf(provider) !== worth || (await selectIdentity(tx, taken.providerId, subject)) !== personId) return over
    // Held still: whoever is disabled at this moment is so before or after, never in between.
    await lockPrincipal(tx, personId)
    const row = await selectSignIn(tx, personId)
    if (!row?.enabled) return refuse(fault('AccountDisabled'))
    if (row.emergency) return over
    const { password: _, ...person } = row
    await touchIdentity(tx, taken.providerId, subject, now)
    const { appId, address, agent, correlationId } = f
    const session = await beginSession(ctx, tx, {
      personId,
      evidence,
      appId,
      address,
      agent,
      correlationId,
      by: `provider ${provider.name}`,
    })
    return ok({ person, session })
  })
}
