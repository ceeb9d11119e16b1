// A token outlives its person by minutes. Whoever was disabled or deleted meanwhile sees and changes nothing, at any door, not
// even what was their own (behaviour 2.7, D10).

import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/contract/routes.ts'
import { DAY } from '../../src/domain/time.ts'
import { watchRequest } from '../../src/operations/watch-request.ts'
import { guid, openDoors } from '../support/doors.ts'
import {
  approvalBy,
  CONTRIBUTOR,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  OPERATORS,
  RG,
  resourceRole,
  TENANT,
} from '../support/world.ts'

const ARM = '/providers/Microsoft.Authorization'
const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'

/** What each route of the native API takes, so that nothing but the person is wrong. */
const BODIES: Readonly<Record<string, object>> = {
  '/approvals/:id/decision': { result: 'Approve', justification: 'x' },
  '/requests/:id/decision': { result: 'Approve', justification: 'x' },
  '/settings': {},
  '/authentication-contexts/:id': {},
  '/policies/:plane': { rules: [{ id: 'Enablement_EndUser_Assignment', enabledRules: [] }] },
  '/apps': { name: 'x' },
  '/sources': { kind: 'scim', name: 'x' },
  '/sources/:id': {},
  '/sources/:id/tokens': {},
  '/sources/:id/tokens/revoke': { token: '11111111-1111-1111-1111-111111111111' },
  '/sources/:id/sync': {},
  '/sources/:id/import': { text: '' },
  '/identity-providers': { name: 'x', issuer: 'https://issuer.test', clientId: 'x', secret: 'x' },
  '/identity-providers/:id': {},
  '/identity-providers/:id/links': { principal: 'x', subject: 'x' },
  '/identity-providers/:id/links/remove': { subject: 'x' },
  '/people/:id/enrolment': {},
  '/apps/:id/permissions': { kind: 'application', add: ['User.Read.All'] },
  '/apps/:id/secrets': {},
  '/apps/:id/certificates': { pem: 'x' },
  '/apps/:id/federated': { issuer: 'https://issuer.test', subject: 'x' },
  '/apps/:id/credentials/remove': { credential: '11111111-1111-1111-1111-111111111111' },
}

describe.each(['disabled', 'deleted'] as const)('whoever is %s', async (how) => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const me = idOf('engineer')
  const eligibility = await w.seed(me, 'Eligibility', resourceRole())
  await w.seed(me, 'Eligibility', directoryRole())
  await w.seed(me, 'Eligibility', groupRole())
  await w.policy(resourceRole(), [approvalBy('lead', 'engineer')])
  await w.seed(idOf('sam'), 'Eligibility', resourceRole())
  const name = guid()
  const asked = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', resourceRole(), me, { name }))
  const waiting = await w.submit(w.as('sam'), w.ask('selfActivate', 'Assignment', resourceRole(), idOf('sam')))
  if (!asked.ok || !waiting.ok) throw new Error('the requests were refused')
  const { id } = asked.value.request
  const waits = waiting.value.request.id
  const change = how === 'disabled' ? 'enabled = false' : 'deleted_at = now()'
  await w.db.query(`update principals set ${change} where id = $1`, [me])

  const arm = (rest: string, version = '2020-10-01') => `${RG}${ARM}/${rest}${rest.includes('?') ? '&' : '?'}api-version=${version}`
  const policy = `${arm(`roleManagementPolicies/${CONTRIBUTOR}`)}`
  const schedule = { expiration: { type: 'afterDuration', duration: 'PT1H' } }
  const body = { action: 'selfActivate', principalId: me, justification: 'because', scheduleInfo: schedule }
  const native = Object.values(ROUTES).map(({ method, path }): readonly [string, string, object?] => {
    const named = path.startsWith('/authentication-contexts') ? 'c1' : id
    const at = `/api/v1${path.replace(':id', named).replace(':session', id).replace(':plane', 'resource')}`
    const query =
      path === '/policies/:plane' ? `?role=Contributor&scope=${encodeURIComponent(RG)}` : path === '/principals' ? '?name=a' : ''
    if (method === 'GET') return [method, `${at}${query}`]
    return [method, `${at}${query}`, BODIES[path] ?? { action: 'selfActivate', role: 'Contributor', scope: RG }]
  })

  const rows: readonly (readonly [string, string, object?])[] = [
    ...native,
    ['GET', '/api/v1/grants?mine=principal'],
    ['GET', `/api/v1/grants?principal=${me}`],
    ['GET', '/api/v1/requests?mine=principal'],
    ['GET', `/api/v1/requests/${id}/events?wait=true`],
    ['GET', `/api/v1/requests/${waits}`],
    ['GET', `${D}/roleEligibilitySchedules/filterByCurrentUser(on='principal')`],
    ['GET', `${D}/roleEligibilitySchedules?$filter=principalId eq '${me}'`],
    ['POST', `${D}/roleAssignmentScheduleRequests`, { ...body, roleDefinitionId: directoryRole().role, directoryScopeId: '/' }],
    ['GET', `${D}/roleDefinitions`],
    ['GET', `/v1.0/policies/roleManagementPolicies/DirectoryRole_${TENANT}_${directoryRole().role}`],
    ['GET', `/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '${OPERATORS}' and scopeType eq 'Group'`],
    ['GET', `${G}/eligibilitySchedules?$filter=principalId eq '${me}'`],
    ['GET', '/v1.0/me'],
    ['GET', '/v1.0/users'],
    ['GET', arm(`roleEligibilitySchedules/${eligibility}`)],
    ['GET', arm(`roleEligibilityScheduleInstances/${eligibility}`)],
    ['GET', arm(`roleAssignmentScheduleRequests/${name}`)],
    ['GET', arm('roleAssignmentScheduleRequests?$filter=asTarget()')],
    ['POST', arm(`roleAssignmentScheduleRequests/${name}/cancel`)],
    ['GET', arm(`roleAssignmentApprovals/${id}`, '2021-01-01-preview')],
    ['GET', arm(`roleAssignmentApprovals/${waits}`, '2021-01-01-preview')],
    ['GET', policy],
    ['GET', arm('roleManagementPolicies?$filter=asTarget()')],
    ['GET', arm('eligibleChildResources')],
  ]

  it.each(rows.map(([method, path, sent]) => ({ method, path, sent })))('$method $path', async ({ method, path, sent }) => {
    const answer = await doors.send('engineer', method, path, sent)
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 403 })
  })

  it('an open stream ends', async () => {
    const seen = []
    for await (const glimpse of watchRequest(w.ctx, w.as('engineer'), id, AbortSignal.timeout(3_000))) seen.push(glimpse)
    expect(seen).toEqual([])
  })

  it('and nothing was changed', async () => {
    const found = await w.db.query<{ status: string }>('select status from requests order by created_at')
    expect(found.map((r) => r.status)).toEqual(['PendingApproval', 'PendingApproval'])
    w.pass(DAY)
  })
})
