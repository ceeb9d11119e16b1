// Approvals (contract reference, 13.2): one stage each, read and decided at a scope or at the tenant's root.

import { parseReviewResult } from '../../domain/approval/decide.ts'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { decideApproval } from '../../operations/decide-approval.ts'
import { listRequests } from '../../operations/list.ts'
import { type ReadApproval, readApproval } from '../../operations/read-approval.ts'
import { readObject, readText, required } from '../fields.ts'
import { type ArmRequest, answered, type Handler, listed, type Routes } from './handler.ts'
import { listInput, tokenOf } from './lists.ts'
import { idOf, instant, withoutAlias } from './wire.ts'

const TYPE = 'roleAssignmentApprovals'
const STATUS = { InProgress: 'InProgress', Completed: 'Completed', Expired: 'Expired', Canceled: 'Completed' } as const

const spellingOf = ({ request }: ReadApproval) => withoutAlias((request.ask.scopeAsSent ?? request.ask.privilege.scope).replace(/^\/$/, ''))

/** Asked at the tenant's root, ids have no scope in front, and lead back there. */
const prefixIn = ({ scope }: ArmRequest, found: ReadApproval): string => (scope === '/' ? '' : spellingOf(found))

function stageOf(found: ReadApproval, prefix: string): object {
  const { approval, assignedToMe, reviewedBy } = found
  const { decision } = approval
  return {
    id: `${idOf(prefix, TYPE, approval.id)}/stages/${approval.id}`,
    type: `Microsoft.Authorization/${TYPE}/stages`,
    name: approval.id,
    properties: {
      displayName: 'Approval',
      assignedToMe,
      status: STATUS[approval.status],
      reviewedBy: reviewedBy && {
        principalType: 'user',
        principalId: reviewedBy.id,
        principalName: reviewedBy.displayName,
        userPrincipalName: reviewedBy.upn,
      },
      reviewedDateTime: decision && instant(decision.at),
      reviewResult: decision?.result ?? 'NotReviewed',
      justification: decision?.justification ?? '',
    },
  }
}

const approvalOf = (found: ReadApproval, prefix: string): object => ({
  id: idOf(prefix, TYPE, found.approval.id),
  type: `Microsoft.Authorization/${TYPE}`,
  name: found.approval.id,
  properties: { stages: [stageOf(found, prefix)] },
})

/** The approval a path means; at a scope it must be one of that scope. */
async function find({ deps, call, path, scope }: ArmRequest): Promise<Result<ReadApproval>> {
  const found = await readApproval(deps.ctx, call, 'resource', path.name?.toLowerCase() ?? '')
  if (!found.ok) return found
  const here = scope === '/' || found.value.request.ask.privilege.scope === scope
  const stage = path.subname === null || path.subname.toLowerCase() === found.value.approval.id
  return here && stage ? found : refuse(fault('ResourceNotFound', { id: path.subname ?? path.name ?? '' }))
}

const show =
  (write: (found: ReadApproval, prefix: string) => object): Handler =>
  async (request) => {
    const found = await find(request)
    return found.ok ? answered(write(found.value, prefixIn(request, found.value))) : found
  }

/** Those that wait for the caller, unless a filter says whose. */
const list: Handler = async (request) => {
  const input = listInput(request, 'Assignment', 'requests')
  if (!input.ok) return input
  const { deps, call } = request
  const page = await listRequests(deps.ctx, call, { ...input.value, mine: input.value.mine ?? 'approver' })
  if (!page.ok) return page
  const asked = page.value.items.filter((item) => item.request.approvalId !== null)
  const found = await Promise.all(asked.map((item) => readApproval(deps.ctx, call, 'resource', item.request.approvalId ?? '')))
  const value = found.flatMap((one) => (one.ok ? [approvalOf(one.value, prefixIn(request, one.value))] : []))
  return listed(request, value, tokenOf(page.value.next))
}

const decide: Handler = async (request) => {
  const found = await find(request)
  if (!found.ok) return found
  const body = await request.body()
  if (!body.ok) return body
  // Bare or in `properties`: the published contract has the one, its examples the other.
  const inner = readObject(body.value, 'properties')
  if (!inner.ok) return inner
  const sent = inner.value ?? body.value
  const word = required(readText(sent, 'reviewResult'), 'reviewResult')
  if (!word.ok) return word
  const justification = readText(sent, 'justification')
  if (!justification.ok) return justification
  const result = parseReviewResult(word.value)
  if (!result) return refuse(fault('MalformedBody', { detail: '`reviewResult` is neither Approve nor Deny' }))
  const { deps, call } = request
  const input = { approvalId: found.value.approval.id, result, justification: justification.value }
  const done = await decideApproval(deps.ctx, call, input)
  if (!done.ok) return done
  const after = await readApproval(deps.ctx, call, 'resource', found.value.approval.id)
  return after.ok ? answered(stageOf(after.value, prefixIn(request, after.value))) : after
}

const stages: Handler = async (request) => {
  const found = await find(request)
  return found.ok ? ok({ status: 200, body: { value: [stageOf(found.value, prefixIn(request, found.value))] } }) : found
}

export const approvalRoutes: Routes = {
  '': { GET: list },
  '{}': { GET: show(approvalOf) },
  '{}/stages': { GET: stages },
  '{}/stages/{}': { GET: show(stageOf), PATCH: decide, PUT: decide },
}
