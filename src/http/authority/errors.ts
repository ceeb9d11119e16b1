// How the authority refuses: OAuth's word, the reference's number, our sentence (clients, section 1). What the library refuses is
// brought to the same form; of its words only the kind is looked at, never what a caller sent.

import { type Fault, type FaultCode, fault, faultRow } from '../../domain/faults.ts'
import { formatInstant, type Instant } from '../../domain/time.ts'

type Row = readonly [error: string, aadsts: number]

// biome-ignore format: one line per refusal, columns aligned
const ROWS: Partial<Record<FaultCode, Row>> = {
  AccountDisabled:         ['invalid_grant', 50057],
  AlreadyUsed:             ['invalid_grant', 54005],
  ApplicationDisabled:     ['unauthorized_client', 7000112],
  BodyTooLarge:            ['invalid_request', 90023],
  ConsentRequired:         ['invalid_grant', 65001],
  InvalidScope:            ['invalid_scope', 70011],
  InvalidSignIn:           ['invalid_request', 9002313],
  MfaRequired:             ['invalid_grant', 50076],
  MissingClientCredential: ['invalid_client', 7000218],
  NotASample:              ['access_denied', 53003],
  PasswordGrantRefused:    ['access_denied', 53003],
  SecretEnded:             ['invalid_client', 7000222],
  ServiceUnavailable:      ['temporarily_unavailable', 90033],
  SignInEnded:             ['invalid_grant', 50173],
  SignInLocked:            ['invalid_grant', 50053],
  TooManySignIns:          ['temporarily_unavailable', 90055],
  UnknownApplication:      ['unauthorized_client', 700016],
  UnknownResource:         ['invalid_resource', 500011],
  UnknownTenant:           ['invalid_request', 90002],
  UnsupportedGrantType:    ['unsupported_grant_type', 70003],
  WrongAssertion:          ['invalid_client', 700027],
  WrongPassword:           ['invalid_grant', 50126],
  WrongSecret:             ['invalid_client', 7000215],
}

export interface ErrorBody {
  readonly error: string
  readonly error_description: string
  readonly error_codes: readonly number[]
  readonly timestamp: string
  readonly trace_id: string
  readonly correlation_id: string
}

export interface Trace {
  readonly at: Instant
  readonly traceId: string
  readonly correlationId: string
}

function bodyOf([error, aadsts]: Row, words: string, { at, traceId, correlationId }: Trace): ErrorBody {
  const timestamp = formatInstant(at)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z')
  const tail = `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`
  return {
    error,
    error_description: `AADSTS${aadsts}: ${words}. ${tail}`,
    error_codes: [aadsts],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
  }
}

export interface Refusal {
  readonly status: 400 | 401 | 413 | 429 | 500 | 503
  readonly body: ErrorBody
}

/** A refusal of ours. */
export function refusalOf(refused: Fault, trace: Trace): Refusal {
  const row = ROWS[refused.code] ?? (['server_error', 90033] as const)
  return { status: faultRow(refused.code).status as Refusal['status'], body: bodyOf(row, refused.words, trace) }
}

/** An error of the library: OAuth's word, and what it says for our log. */
export interface LibraryError extends Error {
  readonly error?: string
  readonly error_description?: string
  readonly error_detail?: string
  readonly statusCode?: number
  /** A refusal of ours that travelled through the library. */
  readonly fault?: Fault
}

// From the special to the general: the first row whose word and text match.
// biome-ignore format: one line per refusal, columns aligned
const LIBRARY: readonly (readonly [error: string, pattern: RegExp, row: Row, words: string])[] = [
  ['authorization_pending',   /./,                       ['authorization_pending', 70016],  'the person has not finished yet: ask again in a moment'],
  ['slow_down',               /./,                       ['slow_down', 70016],              'ask less often'],
  ['expired_token',           /./,                       ['expired_token', 70020],          'the code has ended: start again'],
  ['access_denied',           /./,                       ['access_denied', 65004],          'the person declined'],
  ['invalid_grant',           /already|used/,            ['invalid_grant', 54005],          'the code or token was used already: start again'],
  ['invalid_grant',           /expired/,                 ['invalid_grant', 70008],          'the code or token has ended: sign in again'],
  ['invalid_grant',           /verifier|challenge/,      ['invalid_grant', 501481],         'the code verifier does not fit the challenge'],
  ['invalid_grant',           /redirect_uri/,            ['invalid_grant', 50011],          'the redirect address is not the one the code was asked with'],
  ['invalid_grant',           /client mismatch/,         ['invalid_grant', 700005],         'it was issued to another application'],
  ['invalid_grant',           /account/,                 ['invalid_grant', 50057],          'the account may not sign in'],
  ['invalid_grant',           /./,                       ['invalid_grant', 70000],          'the code or token is not valid: sign in again'],
  ['invalid_redirect_uri',    /./,                       ['invalid_request', 50011],        'the redirect address is not one of this application'],
  ['invalid_target',          /./,                       ['invalid_resource', 500011],      'the resource is not served here'],
  ['invalid_scope',           /./,                       ['invalid_scope', 70011],          'the scope is not understood'],
  ['login_required',          /./,                       ['login_required', 50058],         'a sign-in is needed, and was not to be asked for'],
  ['interaction_required',    /./,                       ['interaction_required', 50058],   'a sign-in is needed, and was not to be asked for'],
  ['invalid_client',          /./,                       ['unauthorized_client', 700016],   'the application is not known in this directory'],
  ['unsupported_response_type', /./,                     ['unsupported_response_type', 700054], 'only `response_type=code` is offered'],
  ['unsupported_response_mode', /./,                     ['invalid_request', 900971],       'this response mode is not offered'],
  ['unsupported_grant_type',  /./,                       ['unsupported_grant_type', 70003], 'this way to get a token is not offered'],
  ['invalid_request',         /not allowed for this client/, ['unauthorized_client', 700030], 'the application is not registered for this way to get a token'],
  ['invalid_request',         /PKCE|code_challenge/,     ['invalid_request', 9002325],      'a code challenge by S256 is required'],
  ['invalid_request',         /./,                       ['invalid_request', 9002313],      'the request is not understood'],
]

/** A refusal of the library in the authority's form; null where it is a failure, not a refusal. */
export function libraryRefusal(error: LibraryError, trace: Trace): Refusal | null {
  if (error.fault) return refusalOf(error.fault, trace)
  const said = `${error.error_detail ?? ''} ${error.error_description ?? ''} .`
  const found = LIBRARY.find(([word, pattern]) => word === error.error && pattern.test(said))
  if (!found || (error.statusCode ?? 500) >= 500) return null
  return { status: found[2][0] === 'invalid_client' ? 401 : 400, body: bodyOf(found[2], found[3], trace) }
}

/** Our own failure: nothing of it is told. */
export const failure = (trace: Trace): Refusal => ({
  status: 500,
  body: bodyOf(['server_error', 90033], fault('InternalServerError').words, trace),
})
