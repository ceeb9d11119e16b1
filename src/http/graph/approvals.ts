// Approvals of both families: `steps` and `stages` are two words for one thing, served on both versions (contract reference 3.1, 5).

import { parseReviewResult } from '../../domain/approval/decide.ts'
import { fault } from '../../domain/faults.ts'
import { formatInstant } from '../../domain/time.ts'
import { decideApproval } from '../../operations/decide-approval.ts'
import { listRequests } from '../../operations/list.ts'
import { type ReadApproval, readApproval } from '../../operations/read-approval.ts'
import { readText, required } from '../fields.ts'
import { bodyOf, collection, cursorOf, type Exchange, entity, noContent, pageSize, refused, text, timeToken } from './exchange.ts'
import type { Family } from './families.ts'
import type { Area } from './permissions.ts'
import type { Entity } from './present.ts'
import { type Route, route } from './router.ts'

const STATUS = { InProgress: 'InProgress', Completed: 'Completed', Expired: 'Expired', Canceled: 'Completed' } as const

function stepEntity({ approval, assignedToMe, reviewedBy }: ReadApproval): Entity {
  const { decision } = approval
  return {
    id: approval.id,
    displayName: null,
    status: STATUS[approval.status],
    assignedToMe,
    reviewResult: decision?.result ?? 'NotReviewed',
    reviewedBy: reviewedBy && { id: reviewedBy.id, displayName: reviewedBy.displayName, userPrincipalName: reviewedBy.upn },
    reviewedDateTime: decision ? formatInstant(decision.at) : null,
    justification: decision?.justification ?? '',
  }
}

const word = (x: Exchange): 'steps' | 'stages' => (x.version === 'beta' ? 'steps' : 'stages')

function approvalEntity(x: Exchange, found: ReadApproval): Entity {
  const names = x.options.expand.map((e) => e.name.toLowerCase())
  const wanted = (['steps', 'stages'] as const).filter((name) => names.includes(name) || (names.includes('*') && name === word(x)))
  return { id: found.approval.id, ...Object.fromEntries(wanted.map((name) => [name, [stepEntity(found)]])) }
}

const pathOf = (family: Family): string =>
  family.plane === 'directory'
    ? 'roleManagement/directory/roleAssignmentApprovals'
    : 'identityGovernance/privilegedAccess/group/assignmentApprovals'

/** Approvals that wait for the caller, by the requests they belong to. */
async function waiting(x: Exchange, family: Family, limit: number, count: boolean) {
  const after = cursorOf(x)
  if (!after.ok) return after
  return listRequests(x.deps.ctx, x.caller.call, {
    plane: family.plane,
    level: null,
    mine: 'approver',
    assignedTo: null,
    scope: null,
    filter: null,
    order: 'createdDesc',
    limit,
    after: after.value,
    count,
  })
}

async function mine(x: Exchange, family: Family): Promise<Response> {
  const page = await waiting(x, family, Math.min(pageSize(x), 100), x.options.count)
  if (!page.ok) return refused(x, page.fault)
  const found = await Promise.all(page.value.items.map((item) => readApproval(x.deps.ctx, x.caller.call, family.plane, item.request.id)))
  const items = found.flatMap((f) => (f.ok ? [approvalEntity(x, f.value)] : []))
  return collection(x, pathOf(family), items, timeToken(page.value.next), page.value.count)
}

async function countAll(x: Exchange, family: Family): Promise<Response> {
  const page = await waiting(x, family, 1, true)
  return page.ok ? text(x, String(page.value.count ?? 0)) : refused(x, page.fault)
}

async function decide(x: Exchange, approvalId: string): Promise<Response> {
  const body = await bodyOf(x)
  if (!body.ok) return refused(x, body.fault)
  const text = required(readText(body.value, 'reviewResult'), 'reviewResult')
  if (!text.ok) return refused(x, text.fault)
  const result = parseReviewResult(text.value)
  if (!result) return refused(x, fault('MalformedBody', { detail: '`reviewResult` is neither Approve nor Deny' }))
  const justification = readText(body.value, 'justification')
  if (!justification.ok) return refused(x, justification.fault)
  const done = await decideApproval(x.deps.ctx, x.caller.call, { approvalId, result, justification: justification.value })
  return done.ok ? noContent(x) : refused(x, done.fault)
}

const idIn = (x: Exchange): string => (x.at.keys[0]?.value ?? '').toLowerCase()

/** The step goes by the approval's id, and there is only that one. */
const stepIn = (x: Exchange): string | null => {
  const step = x.at.keys[1]?.value
  return step !== undefined && step.toLowerCase() !== idIn(x) ? step : null
}

async function read(x: Exchange, family: Family, write: (found: ReadApproval) => Response): Promise<Response> {
  const stranger = stepIn(x)
  if (stranger !== null) return refused(x, fault('ResourceNotFound', { id: stranger }))
  const found = await readApproval(x.deps.ctx, x.caller.call, family.plane, idIn(x))
  return found.ok ? write(found.value) : refused(x, found.fault)
}

/** The rows of the family's approvals. */
export function approvalRoutes(family: Family, area: Area): readonly Route[] {
  const path = pathOf(family)
  const base = path.toLowerCase()
  const below = (name: string): readonly Route[] => {
    const at = (x: Exchange) => `${path}('${idIn(x)}')/${name}`
    return [
      route(`${base}/{id}/${name}`, area, { GET: (x) => read(x, family, (found) => collection(x, at(x), [stepEntity(found)])) }),
      route(`${base}/{id}/${name}/$count`, area, { GET: (x) => read(x, family, () => text(x, '1')) }),
      route(`${base}/{id}/${name}/{id}`, area, {
        GET: (x) => read(x, family, (found) => entity(x, at(x), stepEntity(found))),
        PATCH: (x) => {
          const stranger = stepIn(x)
          return stranger === null ? decide(x, idIn(x)) : refused(x, fault('ResourceNotFound', { id: stranger }))
        },
      }),
    ]
  }
  return [
    // Of all approvals, those that wait for the caller: nobody else's are anybody's business.
    route(base, area, { GET: (x) => mine(x, family) }),
    route(`${base}/$count`, area, { GET: (x) => countAll(x, family) }),
    route(`${base}/filterbycurrentuser()`, area, { GET: (x) => mine(x, family) }),
    route(`${base}/{id}`, area, { GET: (x) => read(x, family, (found) => entity(x, path, approvalEntity(x, found))) }),
    ...below('steps'),
    ...below('stages'),
  ]
}
