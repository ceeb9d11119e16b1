// How strong a proof of identity is, read off the methods that were used, and whether it meets an authentication context.

import type { Instant } from '../time.ts'
import { liesIn } from './networks.ts'

/** From the weakest to the strongest: any two factors; none that can be phished; a passkey whose user was verified by it. */
export const STRENGTHS = ['mfa', 'phishingResistant', 'passkey'] as const
export type Strength = (typeof STRENGTHS)[number]

// Methods by what they are worth (RFC 8176, contract reference 19); `passkey` is ours, for a passkey that verified its user.
const WORTH: Readonly<Record<string, number>> = {
  mfa: 1,
  ngcmfa: 1,
  rsa: 1,
  fido: 2,
  phr: 2,
  phrh: 2,
  passkey: 3,
}

const rank = (methods: readonly string[]): number => Math.max(0, ...methods.map((m) => WORTH[m.toLowerCase()] ?? 0))

/** Are the methods at least this strong? */
export const isAtLeast = (methods: readonly string[], strength: Strength): boolean => rank(methods) > STRENGTHS.indexOf(strength)

/** Was there a password and nothing else? What an identity provider says no more of may have been one. */
export const isPasswordOnly = (methods: readonly string[]): boolean =>
  (methods.includes('pwd') || methods.includes('ext')) && rank(methods) === 0

/** The ids that Graph knows. */
export const isContextId = (id: string): boolean => /^c[1-9]\d?$/.test(id)

/** An authentication context, defined by whoever runs the installation. */
export interface AuthenticationContext {
  /** `c1` to `c99`. */
  readonly id: string
  readonly strength: Strength
  /** Milliseconds since the proof; null: as long as its token lives. */
  readonly maximumAge: number | null
  /** CIDR; none means anywhere. */
  readonly networks: readonly string[]
  /** Must the identity provider say that the device complies? */
  readonly compliantDevice: boolean
}

export interface Evidence {
  readonly methods: readonly string[]
  /** When it was shown; null where nobody says. */
  readonly at: Instant | null
  readonly address: string | null
  readonly compliantDevice: boolean
}

/** Is the proof too old, or of unknown age? `maximumAge` in milliseconds; null asks nothing. */
export const isStale = (at: Instant | null, maximumAge: number | null, now: Instant): boolean =>
  maximumAge !== null && (at === null || now - at > maximumAge)

export type Lack = 'strength' | 'age' | 'network' | 'device'

/** What a proof lacks for a context; `maximumAge` replaces the context's own where a rule has another. */
export function lacksFor(
  context: AuthenticationContext,
  evidence: Evidence,
  now: Instant,
  maximumAge: number | null = context.maximumAge,
): readonly Lack[] {
  const lacks: Readonly<Record<Lack, boolean>> = {
    strength: !isAtLeast(evidence.methods, context.strength),
    age: isStale(evidence.at, maximumAge, now),
    network: context.networks.length > 0 && !context.networks.some((network) => liesIn(evidence.address, network)),
    device: context.compliantDevice && !evidence.compliantDevice,
  }
  return (Object.keys(lacks) as Lack[]).filter((name) => lacks[name])
}
