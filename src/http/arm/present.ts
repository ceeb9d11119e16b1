// How ARM says things: JSON with its headers, and refusals as `{error:{code,message}}` (contract reference, sections 1, 11, 18).

import { type Fault, type FaultCode, faultRow } from '../../domain/faults.ts'
import type { Claims } from '../auth/claims.ts'
import type { ArmPath } from './path.ts'

/** What a refusal is told about: who asked for what, as far as it is known. */
export interface Told {
  readonly claims: Claims | null
  /** ARM's name of the operation, such as `Microsoft.Authorization/roleAssignmentScheduleRequests/write`. */
  readonly action: string
  readonly path: ArmPath | null
}

type Telling = (fault: Fault, told: Told) => string

const scopeOf = (told: Told) => told.path?.raw || '/'

// NB. clients and people read this sentence; it names client, object id, action and scope. Our own reason follows it.
const notAuthorized: Telling = (fault, told) =>
  `The client '${told.claims?.appid ?? told.claims?.oid}' with object id '${told.claims?.oid}' does not have authorization to perform action ` +
  `'${told.action}' over scope '${scopeOf(told)}' or the scope is invalid. If access was recently granted, please refresh your credentials. ` +
  `Reason: ${fault.words}.`

const MESSAGES: Readonly<Record<string, Telling>> = { AuthorizationFailed: notAuthorized }

const MISSING: Readonly<Record<string, string>> = { subscription: 'SubscriptionNotFound', resourceGroup: 'ResourceGroupNotFound' }

type Naming = (fault: Fault, told: Told) => readonly [code: string, status?: number] | undefined

const ofAssignments =
  (code: string, status?: number): Naming =>
  (_, { path }) =>
    path?.type === 'roleassignments' ? (status === undefined ? [code] : [code, status]) : undefined

/** The place that is missing: the one in the path, or the subscription it is in. */
const missing: Naming = ({ data }, { path }) => {
  if (!path) return undefined
  const id = data.id ?? data.scope
  const kind = id === path.scope ? path.kind : String(id) === path.scope.split('/').slice(0, 3).join('/') ? 'subscription' : ''
  const code =
    MISSING[kind] ?? (path.type === 'roleassignments' && path.name !== null && id === path.name ? 'RoleAssignmentNotFound' : undefined)
  return code === undefined ? undefined : [code]
}

/** Codes that depend on more than the fault's own: what is missing, what is wrong with a token, and what plain role assignments call it. */
const CODES: Partial<Record<FaultCode, Naming>> = {
  ResourceNotFound: missing,
  InvalidToken: ({ words }) => {
    const code = TOKEN_CODES.find(([part]) => words.includes(part))?.[1]
    return code === undefined ? undefined : [code]
  },
  // Contract reference 15.1, 17.6: 409 for plain role assignments, 400 for requests.
  RoleAssignmentExists: ofAssignments('RoleAssignmentExists', 409),
  SubjectNotFound: ofAssignments('PrincipalNotFound'),
}

const TOKEN_CODES: readonly (readonly [string, string])[] = [
  ['has expired', 'ExpiredAuthenticationToken'],
  ['another tenant', 'InvalidAuthenticationTokenTenant'],
]

/** Status and body of a refusal. */
export function errorOf(fault: Fault, told: Told): { readonly status: number; readonly body: object } {
  const row = faultRow(fault.code)
  const [code, status] = CODES[fault.code]?.(fault, told) ?? row.arm ?? [fault.code]
  return { status: status ?? row.status, body: { error: { code, message: MESSAGES[code]?.(fault, told) ?? fault.words } } }
}

const quoted = (words: string) => words.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '-')

/** The challenge that goes with a 401: where to get a token, and why this one did not do. */
export const challengeOf = (fault: Fault, login: string): string =>
  `Bearer authorization_uri="${login}", error="invalid_token", error_description="${quoted(fault.words)}"`

/** Ids that callers give may be echoed; whatever could not be one is not. */
const ID = /^[\w.:-]{1,128}$/

export interface RequestIds {
  readonly requestId: string
  /** Ours, for whoever sent none of theirs. */
  readonly correlationId: string
  readonly at: string
}

// Tools read how many calls are left and slow down before there are none. Nothing is counted here: it is always all of them.
const LEFT: Readonly<Record<'reads' | 'writes', string>> = { reads: '11999', writes: '1199' }

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Headers of every answer. */
export function headersOf(header: (name: string) => string | undefined, method: string, ids: RequestIds): Record<string, string> {
  const left = READS.has(method) ? 'reads' : 'writes'
  const wanted = header('x-ms-return-client-request-id')?.toLowerCase() === 'true' ? header('x-ms-client-request-id') : undefined
  const echoed = [header('x-ms-correlation-request-id'), wanted].find((id) => id !== undefined && ID.test(id))
  return {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    [`x-ms-ratelimit-remaining-subscription-${left}`]: LEFT[left],
    'x-ms-request-id': ids.requestId,
    'x-ms-correlation-request-id': echoed ?? ids.correlationId,
    'x-ms-routing-request-id': `STINT:${ids.at.replace(/[-:]|\.\d+/g, '')}:${ids.requestId}`,
  }
}
