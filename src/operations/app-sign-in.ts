// What the authority asks about an application that signs in, and what the doors ask about a token: always the store, always now.

import { timingSafeEqual } from 'node:crypto'
import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Instant, SECOND } from '../domain/time.ts'
import {
  type AppRow,
  type AssertionKey,
  selectApp,
  selectAssertionKeys,
  selectSecrets,
  selectStanding,
  spendAssertion,
} from '../store/authority-apps.ts'
import type { Ctx } from './context.ts'
import { isStillEnough } from './password-alone.ts'
import { hashOf } from './secret-hash.ts'

export type { AssertionKey } from '../store/authority-apps.ts'

/** The public client id that command line tools bring along; known without registration (clients, section 1). */
export const TOOL = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'

/** The public client id of our own command line; \`src/cli/login.ts\` has it too. */
export const STINT_CLI = '5b1f7a1e-57d4-4c0b-9a57-0c11d57117c1'

// What an administrator's tool may ask for in a person's name (D26); what the person holds decides all the same.
export const DELEGATED: readonly string[] = [
  'user_impersonation',
  'Directory.AccessAsUser.All',
  'Directory.Read.All',
  'PrivilegedAccess.ReadWrite.AzureADGroup',
  'RoleManagement.ReadWrite.Directory',
  'RoleManagementPolicy.ReadWrite.AzureADGroup',
  'RoleManagementPolicy.ReadWrite.Directory',
]

export type SigningApp = Pick<
  AppRow,
  'appId' | 'principalId' | 'displayName' | 'enabled' | 'publicClient' | 'passwordGrant' | 'redirectUris' | 'application' | 'delegated'
>

const WELL_KNOWN: Readonly<Record<string, SigningApp>> = {
  [TOOL]: {
    appId: TOOL,
    principalId: TOOL,
    displayName: 'Azure CLI',
    enabled: true,
    publicClient: true,
    // The account must be marked as well: a person's password goes nowhere by default.
    passwordGrant: true,
    redirectUris: ['http://localhost', 'http://localhost/'],
    application: [],
    delegated: DELEGATED,
  },
  [STINT_CLI]: {
    appId: STINT_CLI,
    principalId: STINT_CLI,
    displayName: 'Stint command line',
    enabled: true,
    publicClient: true,
    passwordGrant: false,
    redirectUris: ['http://127.0.0.1/signed-in'],
    application: [],
    delegated: DELEGATED,
  },
}

/** Client ids that are known without registration, and can be registered by nobody. */
const isWellKnown = (appId: string | null): boolean => appId !== null && Object.hasOwn(WELL_KNOWN, appId)

/** The application of a client id, or null. */
export async function signingApp(ctx: Ctx, appId: string): Promise<SigningApp | null> {
  if (!isGuid(appId)) return null
  return Object.hasOwn(WELL_KNOWN, appId) ? WELL_KNOWN[appId]! : selectApp(ctx.db, appId)
}

const sameHash = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))

/** Is it a secret of this application that holds now? Faults: `WrongSecret`, `SecretEnded`. */
export async function checkSecret(ctx: Ctx, appId: string, secret: string): Promise<Result<true>> {
  const digest = hashOf(secret)
  const found = (await selectSecrets(ctx.db, appId, ctx.now())).filter((one) => sameHash(one.digest, digest))
  if (found.some(({ ended }) => !ended)) return ok(true)
  return refuse(fault(found.length > 0 ? 'SecretEnded' : 'WrongSecret'))
}

/** What assertions of an application may be checked by, now. */
export const assertionKeys = (ctx: Ctx, appId: string): Promise<readonly AssertionKey[]> => selectAssertionKeys(ctx.db, appId, ctx.now())

/** A program's own requests, sent side by side, show one assertion at once. */
const SIDE_BY_SIDE_MS = 5 * SECOND

export interface UsedAssertion {
  readonly appId: string
  readonly id: string
  /** What it is used for: libraries show one assertion for several resources, once each. */
  readonly resource: string
  readonly address: string | null
  readonly endsAt: Instant
}

/** Uses an assertion up for a resource, until it would have ended. Fault: `AlreadyUsed`. */
export async function useAssertion(ctx: Ctx, { appId, id, resource, address, endsAt }: UsedAssertion): Promise<Result<true>> {
  const now = ctx.now()
  const spent = { id: hashOf(JSON.stringify([appId, id, resource])), address: address ?? '', endsAt }
  return (await spendAssertion(ctx.db, spent, now, now - SIDE_BY_SIDE_MS)) ? ok(true) : refuse(fault('AlreadyUsed'))
}

export interface Shown {
  readonly kind: 'user' | 'app'
  /** The principal. */
  readonly id: string
  /** The application that acts, if the token says one. */
  readonly appId: string | null
  /** Permissions that the token names; null where it names none. */
  readonly permissions: readonly string[] | null
  readonly generation: number
  /** The sign-in it was issued on; null for what was signed on the machine itself. */
  readonly session: string | null
  /** How they signed in. */
  readonly methods: readonly string[]
}

const invalid = (detail: string) => refuse(fault('InvalidToken', { detail }))

/**
 * What a token's permissions are worth now: those it names that its application still has. Fault: `InvalidToken`, when its application
 * is gone or its sign-in was ended. Whether the principal itself may act is judged with the facts.
 */
export async function standingOf(ctx: Ctx, shown: Shown): Promise<Result<readonly string[] | null>> {
  const tool = isWellKnown(shown.appId)
  const other = shown.kind === 'user' && !tool ? shown.appId : null
  const now = await selectStanding(ctx.db, shown.id, other, shown.session, ctx.now())
  if (shown.kind === 'app') {
    if (!now.here) return invalid('its application does not exist any more')
    // Without a registration only the machine's operator can have signed it (D33).
    return ok(now.registered ? (shown.permissions ?? []).filter((name) => now.application.includes(name)) : shown.permissions)
  }
  if (now.generation !== shown.generation || (shown.session !== null && !now.session))
    return invalid('its sign-in was ended: sign in again')
  if (shown.session !== null && !(await isStillEnough(ctx, shown.id, shown.methods)))
    return invalid('a password alone is not enough any more: sign in again with a second factor')
  if (shown.appId === null || tool) return ok(shown.permissions)
  if (!now.client) return invalid('its application does not exist any more')
  const kept = new Set([...now.delegated, 'openid', 'profile', 'offline_access', 'email'])
  return ok(shown.permissions === null ? now.delegated : shown.permissions.filter((name) => kept.has(name)))
}
