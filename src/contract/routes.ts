// The native API as data (D29): method, path, what goes in, what comes out, and the refusals to expect. The server mounts this table,
// the client is inferred from it.

import { z } from 'zod'
import type { FaultCode } from '../domain/faults.ts'
import { APP_ROUTES } from './app-routes.ts'
import { PROOF_ROUTES } from './proof-routes.ts'
import { PROVIDER_ROUTES } from './provider-routes.ts'
import * as s from './schemas.ts'
import { SIGN_IN_ROUTES } from './sign-in-routes.ts'
import { SOURCE_ROUTES } from './source-routes.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Bytes that a body may have, where it is more than elsewhere. */
  readonly limit?: number
  readonly response: z.ZodType
  /** Of a successful answer; 200 if left out. */
  readonly status?: 201
  /** Beyond those that every route may give: no or a wrong token, `Forbidden`, and our own mistakes. */
  readonly faults: readonly FaultCode[]
}

const LISTS: readonly FaultCode[] = ['InvalidQuery', 'InvalidCursor', 'InvalidFilter', 'ResourceNotFound']
const BODIES: readonly FaultCode[] = ['MalformedBody', 'BodyTooLarge']
const NAMES: readonly FaultCode[] = ['RoleNotFound', 'ResourceNotFound', 'SubjectNotFound', 'InvalidQuery']
const ASKS: readonly FaultCode[] = [
  ...BODIES,
  ...NAMES,
  'InvalidRoleAssignmentRequest',
  'PrincipalNotAllowed',
  'ScopeDoesNotMatchRoleDefinition',
  'ResourceIsLocked',
  'PendingRoleAssignmentRequest',
  'RoleAssignmentExists',
  'RoleAssignmentDoesNotExist',
  'ActiveDurationTooShort',
  'CannotRemoveLastActiveAdministrator',
  'RoleAssignmentLimitExceeded',
  'RoleAssignmentRequestPolicyValidationFailed',
  'RoleAssignmentRequestAcrsValidationFailed',
]

const listed = z.strictObject({ plane: s.plane.optional(), ...s.paging })
const holdings = listed.extend({ mine: z.literal('principal').optional(), principal: s.named.optional(), scope: s.named.optional() })

export const ROUTES = {
  me: { method: 'GET', path: '/me', response: s.me, faults: [] },
  myRoles: { method: 'GET', path: '/me/roles', response: s.myRoles, faults: [] },
  myMessages: { method: 'GET', path: '/me/messages', query: z.strictObject(s.paging), response: s.pageOf(s.message), faults: LISTS },
  submit: { method: 'POST', path: '/requests', body: s.ask, response: s.request, status: 201, faults: ASKS },
  preview: { method: 'POST', path: '/requests/preview', body: s.ask, response: s.preview, faults: [...BODIES, ...NAMES] },
  requests: {
    method: 'GET',
    path: '/requests',
    query: listed.extend({ mine: z.enum(['principal', 'createdBy', 'approver']).optional(), status: s.requestStatus.optional() }),
    response: s.pageOf(s.request),
    faults: LISTS,
  },
  request: { method: 'GET', path: '/requests/:id', params: s.byId, response: s.request, faults: ['InvalidQuery', 'ResourceNotFound'] },
  requestEvents: {
    method: 'GET',
    path: '/requests/:id/events',
    params: s.byId,
    /** With `wait`, server-sent events until the request is settled: `event` for each change, `request` for each new state. */
    query: z.strictObject({ wait: z.stringbool().default(false) }),
    response: z.object({ items: z.array(s.event), request: s.request }),
    faults: ['InvalidQuery', 'ResourceNotFound'],
  },
  cancel: {
    method: 'POST',
    path: '/requests/:id/cancel',
    params: s.byId,
    response: s.request,
    faults: ['InvalidQuery', 'ResourceNotFound', 'NotCancelable'],
  },
  decide: {
    method: 'POST',
    path: '/requests/:id/decision',
    params: s.byId,
    body: s.decision,
    response: s.request,
    faults: [
      ...BODIES,
      'InvalidQuery',
      'ResourceNotFound',
      'OwnRequest',
      'NotAnApprover',
      'ApprovalAlreadyDecided',
      'ApprovalExpired',
      'ApproverJustificationRequired',
      ...ASKS,
    ],
  },
  assignments: { method: 'GET', path: '/assignments', query: holdings, response: s.pageOf(s.holding), faults: [...LISTS, ...NAMES] },
  eligibilities: { method: 'GET', path: '/eligibilities', query: holdings, response: s.pageOf(s.holding), faults: [...LISTS, ...NAMES] },
  grants: {
    method: 'GET',
    path: '/grants',
    query: z.strictObject({
      mine: z.literal('principal').optional(),
      principal: s.named.optional(),
      request: s.byId.shape.id.optional(),
      ...s.paging,
    }),
    response: s.pageOf(s.grant),
    faults: [...LISTS, 'SubjectNotFound'],
  },
  targets: { method: 'GET', path: '/targets', response: s.pageOf(s.target), faults: [] },
  policy: {
    method: 'GET',
    path: '/policies/:plane',
    params: z.object({ plane: s.plane }),
    query: z.strictObject({ role: s.named, scope: s.named.optional() }),
    response: s.policy,
    faults: NAMES,
  },
  settings: { method: 'GET', path: '/settings', response: s.settings, faults: [] },
  updateSettings: {
    method: 'PATCH',
    path: '/settings',
    body: s.settingsChange,
    response: s.settings,
    faults: [...BODIES, 'InvalidDuration'],
  },
  roles: {
    method: 'GET',
    path: '/roles',
    query: z.strictObject({ plane: s.plane.optional(), name: s.named.optional(), ...s.paging }),
    response: s.pageOf(s.role),
    faults: LISTS,
  },
  principals: {
    method: 'GET',
    path: '/principals',
    query: z.strictObject({ name: s.named, kind: s.principal.shape.kind.optional(), limit: s.paging.limit }),
    response: s.pageOf(s.principal),
    faults: LISTS,
  },
  ...APP_ROUTES,
  ...SOURCE_ROUTES,
  ...PROOF_ROUTES,
  ...PROVIDER_ROUTES,
  ...SIGN_IN_ROUTES,
} as const satisfies Record<string, Route>

export type Routes = typeof ROUTES
export type RouteName = keyof Routes

type Part<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? { readonly [P in K]: S } : object
type Sent<R, K extends string> = R extends Record<K, infer S extends z.ZodType> ? { readonly [P in K]: z.input<S> } : object
type Read<R, K extends string> = Part<R, K> extends Record<K, infer S extends z.ZodType> ? { readonly [P in K]: z.output<S> } : object

/** What a client gives. */
export type Input<N extends RouteName> = Sent<Routes[N], 'params'> & Sent<Routes[N], 'query'> & Sent<Routes[N], 'body'>
/** What a handler gets, checked. */
export type Checked<N extends RouteName> = Read<Routes[N], 'params'> & Read<Routes[N], 'query'> & Read<Routes[N], 'body'>
/** What comes back. */
export type Output<N extends RouteName> = z.output<Routes[N]['response']>
