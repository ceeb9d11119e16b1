// Approvals of both families: `steps` and `stages` are two words for one thing, served on both versions (contract reference 3.1, 5).

import { parseReviewResult } from '../../domain/approval/decide.ts'
import { fault } from '../../domain/faults.ts'
import { formatInstant } from '../../domain/time.ts'
import { decideApproval } from '../../operations/decide-approval.ts'
import { listRequests } from '../../operations/list.ts'
import { type ReadApproval, readApproval } from '../../operations/read-approval.ts'
import { readText, required } from '../fields.ts'
import { bodyOf, collection, cursorOf, type Exchange, entity, noContent, pageSize, refused } from './exchange.ts'
import type { Family } from './families.ts'
import type { Entity } from './present.ts'

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

async function mine(x: Exchange, family: Family, path: string): Promise<Response> {
  const after = cursorOf(x)
  if (!after.ok) return refused(x, after.fault)
  const page = await listRequests(x.deps.ctx, x.caller.call, {
    plane: family.plane,
    level: 'Assignment',
    mine: 'approver',
    assignedTo: null,
    scope: null,
    filter: null,
    order: 'createdDesc',
    limit: pageSize(x),
    after: after.value,
    count: x.options.count,
  })
  if (!page.ok) return refused(x, page.fault)
  const found = await Promise.all(page.value.items.map((item) => readApproval(x.deps.ctx, x.caller.call, family.plane, item.request.id)))
  const items = found.flatMap((f) => (f.ok ? [approvalEntity(x, f.value)] : []))
  return collection(x, path, items, page.value.next, page.value.count)
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

/** Answers what lies below the family's approvals. */
export async function handleApprovals(x: Exchange, family: Family, key: string | undefined): Promise<Response> {
  const depth = family.base.length + 1
  const rest = x.segments.slice(depth)
  const path =
    family.plane === 'directory'
      ? 'roleManagement/directory/roleAssignmentApprovals'
      : 'identityGovernance/privilegedAccess/group/assignmentApprovals'
  const wrong = () => refused(x, fault('MethodNotAllowed', { method: x.method }))
  if (rest[0]?.name === 'filterbycurrentuser' && key === undefined) return x.method === 'GET' ? mine(x, family, path) : wrong()
  const id = (key ?? rest[0]?.raw)?.toLowerCase()
  if (id === undefined) return wrong()
  const [steps, step] = key === undefined ? rest.slice(1) : rest
  const stepId = steps?.key ?? step?.raw
  if (steps && steps.name !== 'steps' && steps.name !== 'stages') return refused(x, fault('ResourceNotFound', { id: steps.raw }))
  if (stepId !== undefined && stepId.toLowerCase() !== id) return refused(x, fault('ResourceNotFound', { id: stepId }))
  if (x.method === 'PATCH' && stepId !== undefined) return decide(x, id)
  if (x.method !== 'GET') return wrong()
  const found = await readApproval(x.deps.ctx, x.caller.call, family.plane, id)
  if (!found.ok) return refused(x, found.fault)
  if (!steps) return entity(x, path, approvalEntity(x, found.value))
  const value = stepEntity(found.value)
  return stepId === undefined
    ? collection(x, `${path}('${id}')/${steps.name}`, [value])
    : entity(x, `${path}('${id}')/${steps.name}`, value)
}
