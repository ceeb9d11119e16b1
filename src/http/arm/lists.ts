// ARM's list filters → the one list operation (contract reference, 12.2). Functions choose whose and where; comparisons stay a
// filter. A list without a right to read and without a self filter is refused with a hint.

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { isGuid, type Level } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { Cursor, ListInput } from '../../operations/list.ts'
import { type ArmRequest, pageSize, readToken, type Token } from './handler.ts'

interface Chosen {
  readonly mine: ListInput['mine']
  readonly assignedTo: string | null
  readonly below: boolean
}

type Call = Extract<Filter, { t: 'call' }>

type Calls = Readonly<Record<string, (call: Call) => Partial<Chosen>>>

const HELD: Calls = {
  assignedTo: ({ args }) => ({ assignedTo: String(args[0]).toLowerCase() }),
  asTarget: () => ({ mine: 'principal' }),
  atScope: () => ({ below: false }),
  atScopeAndBelow: () => ({ below: true }),
}

/** What each function chooses. A function that is not here is refused by the list, by name. */
const CALLS: Readonly<Record<'requests' | 'held', Calls>> = {
  held: HELD,
  requests: {
    ...HELD,
    asApprover: () => ({ mine: 'approver' }),
    asCreatedBy: () => ({ mine: 'createdBy' }),
    asRequestor: () => ({ mine: 'createdBy' }),
  },
}

const conjuncts = (filter: Filter | null): readonly Filter[] =>
  filter === null ? [] : filter.t === 'and' ? filter.of.flatMap(conjuncts) : [filter]

const join = (filters: readonly Filter[]): Filter | null => (filters.length > 1 ? { t: 'and', of: filters } : (filters[0] ?? null))

const cursorOf = (token: Token | null): Cursor | null => token && { at: Number(token[0]), id: String(token[1]) }

/** The link to the page after. */
export const tokenOf = (next: Cursor | null): Token | null => next && [next.at, next.id]

/** What to list. Without a function the list is everything at, above and below the scope. */
export function listInput(request: ArmRequest, level: Level, family: 'requests' | 'held'): Result<ListInput> {
  const calls = CALLS[family]
  const isChoice = (filter: Filter): filter is Call => filter.t === 'call' && Object.hasOwn(calls, filter.name)
  const token = readToken(request.options, ['number', 'string'])
  if (!token.ok) return token
  if (token.value && !isGuid(String(token.value[1]))) return refuse(fault('InvalidCursor'))
  const parts = conjuncts(request.options.filter)
  const nobody = parts.find((part) => part.t === 'call' && part.name === 'assignedTo' && !isGuid(String(part.args[0])))
  if (nobody) return refuse(fault('InvalidFilter', { detail: '`assignedTo` takes the object id of a principal' }))
  const none: Chosen = { mine: null, assignedTo: null, below: true }
  const chosen: Chosen = Object.assign({}, none, ...parts.filter(isChoice).map((call) => calls[call.name]?.(call)))
  // At the root everything is below: the list spans every subscription and management group.
  const scope = request.scope === '/' && chosen.below ? null : { at: request.scope, above: true, below: chosen.below }
  return ok({
    plane: 'resource',
    level,
    mine: chosen.mine,
    assignedTo: chosen.assignedTo,
    scope,
    filter: join(parts.filter((part) => !isChoice(part))),
    order: 'id',
    limit: pageSize(request.options),
    after: cursorOf(token.value),
    count: false,
  })
}

/** The refusal of a list, as this family words it. */
export function hinted<T>(request: ArmRequest, result: Result<T>): Result<T> {
  const { actor } = request.call
  if (result.ok || result.fault.code !== 'Forbidden' || actor.t === 'system') return result
  return refuse(fault('InsufficientPermissions', { id: actor.id }))
}
