// The ARM door: one catch-all. The path's type and the method find a row in a table; the row does the rest. Whoever has no valid
// token learns nothing but that (contract reference, 11).

import { type Context, Hono } from 'hono'
import { type Fault, fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { formatInstant } from '../../domain/time.ts'
import { authenticate, requestIdOf } from '../authenticate.ts'
import { bodySource, readObjectBody } from '../body.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { approvalRoutes } from './approvals.ts'
import { eligibleChildResourceRoutes } from './eligible-child-resources.ts'
import type { ArmAnswer, ArmRequest, Handler, Routes } from './handler.ts'
import { parseArmOptions } from './options.ts'
import { type ArmPath, parseArmPath } from './path.ts'
import { policyAssignmentRoutes, policyRoutes } from './policies.ts'
import { challengeOf, errorOf, headersOf, type Told } from './present.ts'
import { requestRoutes } from './requests.ts'
import { roleAssignmentRoutes } from './role-assignments.ts'
import { roleDefinitionRoutes } from './role-definitions.ts'
import { scheduleRoutes } from './schedules.ts'
import { apiVersion } from './versions.ts'
import { aliasOf, PROVIDER, withoutAlias } from './wire.ts'

/** Every type we serve, as ARM spells it. */
// biome-ignore format: one line per type, columns aligned
const TYPES: Readonly<Record<string, Routes>> = {
  eligibleChildResources:           eligibleChildResourceRoutes,
  roleAssignmentApprovals:          approvalRoutes,
  roleAssignments:                  roleAssignmentRoutes,
  roleAssignmentScheduleInstances:  scheduleRoutes('instances', 'Assignment'),
  roleAssignmentScheduleRequests:   requestRoutes('Assignment'),
  roleAssignmentSchedules:          scheduleRoutes('schedules', 'Assignment'),
  roleDefinitions:                  roleDefinitionRoutes,
  roleEligibilityScheduleInstances: scheduleRoutes('instances', 'Eligibility'),
  roleEligibilityScheduleRequests:  requestRoutes('Eligibility'),
  roleEligibilitySchedules:         scheduleRoutes('schedules', 'Eligibility'),
  roleManagementPolicies:           policyRoutes,
  roleManagementPolicyAssignments:  policyAssignmentRoutes,
}

const BY_TYPE = new Map(Object.entries(TYPES).map(([name, routes]) => [name.toLowerCase(), { name, routes }]))

/** The last part of an operation's name, by method. */
const VERBS: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }

/** What follows the type: `{}` stands for a name. */
const shapeOf = (p: ArmPath): string =>
  [p.name && '{}', p.subtype, p.subname && '{}', p.leaftype, p.leafname && '{}', p.action].filter(Boolean).join('/')

/** ARM's name of an operation, as refusals quote it. */
function actionOf(path: ArmPath | null, method: string): string {
  const type = path ? (BY_TYPE.get(path.type)?.name ?? path.rawType) : '*'
  return `${PROVIDER}/${type}/${path?.action ? `${path.action}/action` : (VERBS[method] ?? 'action')}`
}

const methodOf = ({ req }: Context): string => (req.method === 'HEAD' ? 'GET' : req.method)

/** Path and query as sent: nothing may have tidied them before we look. */
function partsOf(url: string): { readonly pathname: string; readonly search: string } {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  const cut = rest.indexOf('?')
  return cut < 0 ? { pathname: rest, search: '' } : { pathname: rest.slice(0, cut), search: rest.slice(cut) }
}

function routeOf(path: ArmPath | null, pathname: string, method: string): Result<Handler> {
  if (!path) return refuse(fault('ResourceNotFound', { id: pathname }))
  const type = BY_TYPE.get(path.type)
  if (!type) return refuse(fault('UnknownResourceType', { type: path.rawType }))
  const shape = shapeOf(path)
  const methods = Object.hasOwn(type.routes, shape) ? type.routes[shape] : undefined
  if (!methods) return refuse(fault('ResourceNotFound', { id: pathname }))
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
  return handler ? ok(handler) : refuse(fault('MethodNotAllowed', { method }))
}

async function serve(c: Context<DoorEnv>, deps: Deps, told: { -readonly [K in keyof Told]: Told[K] }): Promise<Result<ArmAnswer>> {
  const caller = await authenticate(c, deps, 'arm')
  if (!caller.ok) return caller
  told.claims = caller.value.claims
  const method = methodOf(c)
  const { pathname, search } = partsOf(c.req.url)
  const path = parseArmPath(pathname)
  if (!path.ok) return path
  told.path = path.value
  told.action = actionOf(path.value, method)
  const options = parseArmOptions(search)
  if (!options.ok) return options
  const version = apiVersion(path.value?.type ?? '', options.value.sent)
  if (!version.ok) return version
  const handler = routeOf(path.value, pathname, method)
  if (!handler.ok || !path.value) return handler.ok ? refuse(fault('ResourceNotFound', { id: pathname })) : handler
  const request: ArmRequest = {
    deps,
    call: caller.value.call,
    path: path.value,
    scope: path.value.scope || '/',
    spelling: withoutAlias(path.value.raw),
    alias: aliasOf(path.value.raw, version.value),
    options: options.value,
    version: version.value,
    pathname,
    body: () => readObjectBody(bodySource(c)),
  }
  return handler.value(request)
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** What a refusal says beside its body. */
function refusalHeaders(refused: Fault, status: number, deps: Deps): Record<string, string> {
  const login = `${deps.publicUrl}/${deps.verify.tenantId}`
  return status === 401 ? { 'www-authenticate': challengeOf(refused, login) } : {}
}

/** All of `Microsoft.Authorization` that we serve, at any scope. */
export function armDoor(deps: Deps): Hono<DoorEnv> {
  const arm = new Hono<DoorEnv>()
  arm.all('*', async (c) => {
    const told: { -readonly [K in keyof Told]: Told[K] } = { claims: null, action: `${PROVIDER}/*`, path: null }
    const at = formatInstant(deps.ctx.now())
    const ids = { requestId: requestIdOf(c) || deps.ctx.ids(), correlationId: deps.ctx.ids(), at }
    const headers = headersOf((name) => c.req.header(name), ids)
    const answer = await serve(c, deps, told)
    if (!answer.ok) {
      const { status, body } = errorOf(answer.fault, told)
      const more = refusalHeaders(answer.fault, status, deps)
      return new Response(JSON.stringify(body), { status, headers: { ...headers, ...more, 'content-type': JSON_TYPE } })
    }
    const { status, body } = answer.value
    if (body === null) return new Response(null, { status, headers })
    return new Response(JSON.stringify(body), { status, headers: { ...headers, 'content-type': JSON_TYPE } })
  })
  return arm
}
