// Loads the facts of many items at once, in the transaction that will write (design, section 9). The caller holds the locks.

import type { Edge } from '../domain/access/groups.ts'
import type { ApprovalFact } from '../domain/approval/approval.ts'
import type { Facts, HeldRole, PolicyFact, PrincipalFact, RoleFact, ScopeFact, Settings } from '../domain/facts.ts'
import type { Level, Privilege } from '../domain/privilege.ts'
import type { RequestFact } from '../domain/request/request.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { FACTS } from './facts-sql.ts'
import { lastHolders } from './last-holders.ts'
import type { Sql } from './sql.ts'

/** What to load for one item. */
export interface FactsQuery {
  readonly privilege: Privilege
  readonly principalId: string
  readonly level: Level
  /** The asking principal; null for a part of the system. */
  readonly actorId: string | null
  /** Load what the actor holds, to judge authority or approval. */
  readonly authority: boolean
  /** The item ends or alters what others may rest on. */
  readonly alters: boolean
  /** Load what ended lately, for a renewal. */
  readonly renews: boolean
  /** The request's name given by the client, in lower case. */
  readonly name: string | null
  /** The sign-in whose proof was made for one request. */
  readonly proofOf: string | null
  /** The name of an assignment at the scope, in lower case: whether it is taken, and by what. */
  readonly assignmentName: string | null
  /** A request to decide on or cancel. */
  readonly requestId: string | null
  /** Count the active assignments under this scope. */
  readonly countedUnder: string | null
  /** Would the item take away the last holder of a guarded role? */
  readonly guarded: boolean
}

/** What a query leaves unasked. */
export const PLAIN_QUERY = {
  actorId: null,
  authority: false,
  alters: false,
  renews: false,
  name: null,
  proofOf: null,
  assignmentName: null,
  requestId: null,
  countedUnder: null,
  guarded: false,
} satisfies Partial<FactsQuery>

interface Row {
  n: number
  kind: string
  data: unknown
}

type Held = ScheduleFact & { permissions: { actions?: string[]; notActions?: string[] } }
type PersonEdge = Edge & { person: string }

const itemOf = (q: FactsQuery, n: number) => ({
  n,
  plane: q.privilege.plane,
  scope: q.privilege.scope,
  role: q.privilege.role,
  principal: q.principalId,
  actor: q.actorId,
  level: q.level,
  authority: q.authority,
  alters: q.alters,
  renews: q.renews,
  name: q.name,
  proof: q.proofOf,
  assignment: q.assignmentName,
  request: q.requestId,
  counted: q.countedUnder,
})

const heldOf = ({ permissions, ...schedule }: Held): HeldRole => ({
  schedule,
  actions: permissions.actions ?? [],
  notActions: permissions.notActions ?? [],
})

/** Facts of each query, in order. One statement; a second one only where a guarded role is at stake. */
export async function loadFacts(tx: Sql, queries: readonly FactsQuery[], settings: Settings, now: Instant): Promise<readonly Facts[]> {
  const at = formatInstant(now)
  const guarding = queries.some((q) => q.guarded)
  const [rows, guards] = await Promise.all([
    tx.query<Row>(FACTS, [JSON.stringify(queries.map(itemOf)), at], 'facts'),
    guarding ? lastHolders(tx, now) : null,
  ])
  const groups = new Map<string, Row[]>()
  const edges: PersonEdge[] = []
  for (const row of rows) {
    if (row.kind === 'edge') edges.push(row.data as PersonEdge)
    else groups.set(`${row.n} ${row.kind}`, [...(groups.get(`${row.n} ${row.kind}`) ?? []), row])
  }
  const edgesOf = (id: string | null) => edges.filter((e) => e.person === id)
  return queries.map((q, n) => {
    const all = <T>(kind: string): T[] => (groups.get(`${n} ${kind}`) ?? []).map((row) => row.data as T)
    const one = <T>(kind: string): T | null => all<T>(kind)[0] ?? null
    const request = one<RequestFact>('request')
    const schedules = all<ScheduleFact>('schedule')
    const linked = all<ScheduleFact>('linked')
    // What would end: the assignments of the key, or — with an eligibility — the activations on it, whoever holds them.
    const own = schedules.filter((s) => s.principalId === q.principalId && s.level === 'Assignment')
    const ending = q.level === 'Eligibility' ? linked : own
    return {
      now,
      settings,
      actor: { principal: one<PrincipalFact>('actor'), edges: edgesOf(q.actorId), held: all<Held>('held').map(heldOf) },
      principal: one<PrincipalFact>('principal'),
      role: one<RoleFact>('role'),
      scope: one<ScopeFact>('scope'),
      edges: edgesOf(q.principalId),
      schedules,
      linked,
      pending: [...new Map(all<RequestFact>('pending').map((r) => [r.id, r])).values()],
      policies: all<PolicyFact>('policy'),
      nameTaken: one('name') !== null,
      proofSpent: one('spent') !== null,
      named: one<ScheduleFact>('named'),
      subject: request && { request, approval: one<ApprovalFact>('approval') },
      lastHolderOf: q.guarded && guards ? guards(ending) : [],
      assignmentCount: one<number>('count'),
    }
  })
}
