// What an identity provider's words are worth here. Nothing, unless its own table says so, value by value: a provider that says `mfa`
// may mean anything by it until somebody who runs this installation has looked.

import type { Strength } from './strength.ts'

export interface ProviderSettings {
  /** Asked for beside `openid`. */
  readonly scopes: readonly string[]
  /** How the client's secret is shown: in the header, in the body, or not at all. */
  readonly clientAuth: 'basic' | 'post' | 'none'
  /** By the exact value of `acr`. */
  readonly acr: Readonly<Record<string, Strength>>
  /** By each exact value of `amr`. */
  readonly amr: Readonly<Record<string, Strength>>
  /** By our context: what is asked for as `acr_values`. */
  readonly contexts: Readonly<Record<string, readonly string[]>>
  /** The claim that says that the device complies, and its value. */
  readonly device: { readonly claim: string; readonly value: string } | null
  /** May people be made here on first sight? By which claim they are called, and in which domains. */
  readonly createPeople: { readonly claim: string; readonly domains: readonly string[] } | null
  /** The claim that names all of somebody's groups, and what those are called here; the others count for nothing. */
  readonly groups: { readonly claim: string; readonly names: Readonly<Record<string, string>> } | null
}

export const PLAIN_PROVIDER: ProviderSettings = {
  scopes: ['profile'],
  clientAuth: 'basic',
  acr: {},
  amr: {},
  contexts: {},
  device: null,
  createPeople: null,
  groups: null,
}

// Our own names for what a strength was proved by (RFC 8176).
const METHODS: Readonly<Record<Strength, readonly string[]>> = {
  mfa: ['mfa'],
  phishingResistant: ['fido', 'mfa'],
  passkey: ['fido', 'passkey', 'mfa'],
}

export type ClaimSet = Readonly<Record<string, unknown>>

const texts = (value: unknown): readonly string[] => {
  const list = Array.isArray(value) ? value.slice(0, 200) : [value]
  return list.filter((one): one is string => typeof one === 'string')
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): readonly T[] => (Object.hasOwn(table, key) ? [table[key] as T] : [])

/** Our methods for what a provider says of a sign-in: that it was elsewhere, and what its table makes of its words. */
export function methodsOf({ acr, amr }: ProviderSettings, claims: ClaimSet): readonly string[] {
  const strengths = [...(typeof claims.acr === 'string' ? own(acr, claims.acr) : []), ...texts(claims.amr).flatMap((one) => own(amr, one))]
  return [...new Set(['ext', ...strengths.flatMap((one) => METHODS[one])])]
}

/** Does it say that the device complies? */
export function saysCompliant({ device }: ProviderSettings, claims: ClaimSet): boolean {
  if (device === null || !Object.hasOwn(claims, device.claim)) return false
  const value = claims[device.claim]
  return (typeof value === 'string' || typeof value === 'boolean') && String(value) === device.value
}

/** What to ask a provider for, so that these contexts are met; in the order of its preference. */
export const acrValues = ({ contexts }: ProviderSettings, wanted: readonly string[]): readonly string[] => [
  ...new Set(wanted.flatMap((id) => own(contexts, id).flat())),
]

/** A claim's text, or null where there is none of that name. */
export const claimText = (claims: ClaimSet, name: string): string | null => {
  const value = Object.hasOwn(claims, name) ? claims[name] : null
  return typeof value === 'string' && value !== '' ? value : null
}

/** The groups that a claim names; null where it is absent, or cut off by the provider: then nothing is known of them. */
export function groupsOf({ groups }: ProviderSettings, claims: ClaimSet): readonly string[] | null {
  const value = groups !== null && Object.hasOwn(claims, groups.claim) ? claims[groups.claim] : null
  if (groups === null || !Array.isArray(value) || value.length > 1_000) return null
  return value.filter((one): one is string => typeof one === 'string' && Object.hasOwn(groups.names, one))
}
