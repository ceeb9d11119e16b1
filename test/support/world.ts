// A small world for scenarios: a fresh database, a clock that stands until moved, ids in order, and a handful of people.
// Holdings are seeded as `Outside` rows or made by real requests; nothing of ours is replaced.

import { randomUUID } from 'node:crypto'
import type { Actor, Proof } from '../../src/domain/access/actor.ts'
import { GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { Settings } from '../../src/domain/facts.ts'
import type { Level, Privilege } from '../../src/domain/privilege.ts'
import { type Action, type Ask, PLAIN_ASK, type ScheduleInfo } from '../../src/domain/request/request.ts'
import { DAY, formatInstant, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import type { Call, Ctx } from '../../src/operations/context.ts'
import { settleDue, settleGround } from '../../src/operations/settle-due.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { addPrincipals, addRoles, addScopes, type PrincipalRow } from '../../src/store/directory-rows.ts'
import { openLane } from '../../src/store/lane.ts'
import { openDb } from '../../src/store/sql.ts'
import { freshDb, type TestDatabase } from './database.ts'
import { SEALER } from './sealer.ts'

export const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
export const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
export const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000000'
export const RG = `${SUBSCRIPTION}/resourcegroups/rg-payments-prod`
export const OPERATORS = '22222222-2222-2222-2222-222222222222'
export const AU = '/administrativeUnits/55555555-5555-5555-5555-555555555555'
export const TENANT = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'

export const SETTINGS: Settings = {
  shortestStint: 5 * MINUTE,
  approvalLapse: DAY,
  strictReference: false,
  authenticationContexts: [{ id: 'c1', strength: 'mfa', maximumAge: null, networks: [], compliantDevice: false }],
  plainMfaFallback: false,
  mfaMaximumAge: HOUR,
  sideDoors: 'open',
  elevation: 8 * HOUR,
}

const person = (n: number, name: string): PrincipalRow => ({
  id: `0000000${n}-aaaa-4aaa-8aaa-00000000000${n}`,
  kind: 'user',
  displayName: name,
  upn: `${name}@contoso.com`,
})

export const PEOPLE = {
  admin: person(1, 'admin'),
  priya: person(2, 'priya'),
  engineer: person(3, 'engineer'),
  sam: person(4, 'sam'),
  lead: person(5, 'lead'),
  manager: person(6, 'manager'),
  auditor: person(7, 'auditor'),
} as const
export type Name = keyof typeof PEOPLE

export const idOf = (name: Name): string => PEOPLE[name].id
export const APPROVERS = '33333333-3333-3333-3333-333333333333'
export const TEAM = '44444444-4444-4444-4444-444444444444'

export const directoryRole = (role = USER_ADMINISTRATOR): Privilege => ({ plane: 'directory', scope: '/', role })
export const resourceRole = (scope = RG, role = CONTRIBUTOR): Privilege => ({ plane: 'resource', scope, role })
export const groupRole = (group = OPERATORS, role = 'member'): Privilege => ({ plane: 'group', scope: group, role })

/** One privilege a plane, so that a scenario can run on all three. */
export const PLANE_CASES: readonly (readonly [string, Privilege])[] = [
  ['directory', directoryRole()],
  ['resource', resourceRole()],
  ['group', groupRole()],
]

/** A week from now, the schedule most assignments ask for. */
export const WEEK: ScheduleInfo = { start: null, type: 'AfterDuration', duration: 'P7D', end: null }
export const SERVICE = '66666666-6666-6666-6666-666666666666'

export const MFA: Omit<Proof, 'at'> = { amr: ['pwd', 'mfa'], acrs: [] }

/** An approval rule that names these people, or the approvers' group. */
export const approvalBy = (...who: (Name | 'group')[]): object => ({
  kind: 'Approval',
  id: 'Approval_EndUser_Assignment',
  caller: 'EndUser',
  level: 'Assignment',
  setting: {
    isApprovalRequired: true,
    isApprovalRequiredForExtension: false,
    isRequestorJustificationRequired: true,
    approvalMode: 'SingleStage',
    approvalStages: [
      {
        approvalStageTimeOutInDays: 1,
        isApproverJustificationRequired: true,
        escalationTimeInMinutes: 0,
        isEscalationEnabled: false,
        primaryApprovers: who.map((name) => ({
          kind: name === 'group' ? 'group' : 'user',
          id: name === 'group' ? APPROVERS : idOf(name),
          isBackup: false,
          description: null,
        })),
        escalationApprovers: [],
      },
    ],
  },
})

export interface World extends TestDatabase {
  readonly ctx: Ctx
  /** The present instant; moved by `pass`. */
  now(): Instant
  pass(ms: number): void
  as(name: Name, proof?: Partial<Proof>): Call
  ask(action: Action, level: Level, privilege: Privilege, principalId: string, more?: Partial<Ask>): Ask
  submit(call: Call, ask: Ask): ReturnType<typeof submitRequest>
  /** Runs whatever is due, as the worker would. */
  settle(): Promise<number>
  /** Puts a standing assignment or eligibility in place, past the front door, as an import would find it. */
  seed(principalId: string, level: Level, privilege: Privilege, window?: { start?: Instant; end?: Instant | null }): Promise<string>
  /** Changes rules of a policy as stored. */
  policy(privilege: Privilege, changed: readonly object[]): Promise<void>
  settings: Settings
}

const SEED = `
insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, ends_at, created_at)
values ($1::uuid, $1::text, $2, $3, $4, $5, $6, 'Assigned', case when $7::timestamptz > $9::timestamptz then 'Granted' else 'Provisioned' end, $7, $8, $9)`

const ROLE_NAMES: readonly (readonly [string, string])[] = [
  [GLOBAL_ADMINISTRATOR, 'Global Administrator'],
  [PRIVILEGED_ROLE_ADMINISTRATOR, 'Privileged Role Administrator'],
  [USER_ADMINISTRATOR, 'User Administrator'],
]

async function populate(db: TestDatabase['db'], now: Instant): Promise<void> {
  await addRoles(db, [
    ...ROLE_NAMES.map(([id, name]) => ({ plane: 'directory' as const, id, name, builtIn: true, privileged: true })),
    ...(['member', 'owner'] as const).map((id) => ({ plane: 'group' as const, id, name: id, builtIn: true, privileged: false })),
    { plane: 'resource', id: OWNER, name: 'Owner', builtIn: true, privileged: true, permissions: { actions: ['*'], notActions: [] } },
    {
      plane: 'resource',
      id: CONTRIBUTOR,
      name: 'Contributor',
      builtIn: true,
      privileged: true,
      permissions: { actions: ['*'], notActions: ['Microsoft.Authorization/*/Write', 'Microsoft.Authorization/*/Delete'] },
    },
  ])
  const mg = '/providers/microsoft.management/managementgroups/contoso-root'
  const scope = (plane: 'directory' | 'resource', id: string, kind: string, parent: string | null, ancestors: string[]) => ({
    plane,
    id,
    kind,
    displayName: id.split('/').at(-1) || '/',
    spelling: id,
    parent,
    ancestors,
  })
  await addScopes(db, [
    scope('directory', '/', 'tenant', null, []),
    scope('directory', AU, 'administrativeUnit', '/', ['/']),
    scope('resource', '/', 'tenant', null, []),
    scope('resource', mg, 'managementgroup', '/', ['/']),
    scope('resource', SUBSCRIPTION, 'subscription', mg, [mg, '/']),
    scope('resource', RG, 'resourcegroup', SUBSCRIPTION, [SUBSCRIPTION, mg, '/']),
    scope('resource', `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`, 'resourcegroup', SUBSCRIPTION, [SUBSCRIPTION, mg, '/']),
  ])
  const group = (id: string, displayName: string, assignableToRole: boolean): PrincipalRow => ({
    id,
    kind: 'group',
    displayName,
    assignableToRole,
  })
  await addPrincipals(
    db,
    [
      ...Object.values(PEOPLE),
      group(OPERATORS, 'pag-payments-operators', true),
      group(APPROVERS, 'Cloud Platform Approvers', false),
      group(TEAM, 'Payments Platform', true),
      { id: SERVICE, kind: 'servicePrincipal', displayName: 'deployer' },
    ],
    now,
  )
}

export interface WorldOptions {
  /** `real`: time passes by itself; else it stands at 2031-02-03T09:00Z. `pass` moves either. */
  readonly clock?: 'real'
  /** Another database than one of the run's server; migrated. */
  readonly database?: TestDatabase
  readonly settings?: Partial<Settings>
  readonly wake?: () => void
}

/** Makes a world in which admin is Global Administrator and Owner of the subscription's root group. */
export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const database = options.database ?? (await freshDb())
  let shift = 0
  const still = Date.parse('2031-02-03T09:00:00Z')
  const now = () => (options.clock === 'real' ? Date.now() : still) + shift
  const wake = options.wake ?? (() => {})
  const db = openDb({ ...database.options, max: 4 })
  const world = { settings: { ...SETTINGS, ...options.settings } }
  const ctx: Ctx = {
    sealer: SEALER,
    db,
    lane: openLane(db, { now, settings: () => world.settings, onCommit: wake }),
    now,
    wake,
    ids: randomUUID,
    settings: () => world.settings,
    tenant: () => ({ id: TENANT, displayName: 'Contoso', domains: ['contoso.com'] }),
  }
  await populate(db, now())
  const seed: World['seed'] = async (principalId, level, p, window = {}) => {
    const id = randomUUID()
    const start = window.start ?? now() - DAY
    const end = window.end === undefined || window.end === null ? null : formatInstant(window.end)
    await db.query(SEED, [id, p.plane, p.scope, p.role, principalId, level, formatInstant(start), end, formatInstant(now())])
    return id
  }
  await seed(idOf('admin'), 'Assignment', directoryRole(GLOBAL_ADMINISTRATOR))
  await seed(idOf('admin'), 'Assignment', resourceRole('/providers/microsoft.management/managementgroups/contoso-root', OWNER))
  await seed(idOf('lead'), 'Assignment', groupRole(APPROVERS))
  await seed(idOf('manager'), 'Assignment', groupRole(APPROVERS))
  return Object.assign(world, database, {
    ctx,
    seed,
    now,
    pass: (ms: number) => {
      shift += ms
    },
    as: (name: Name, proof: Partial<Proof> = {}): Call => {
      const actor: Actor = { t: 'user', id: idOf(name), proof: { ...MFA, at: now(), ...proof }, scopes: null, app: null, ip: null }
      return { actor, correlationId: randomUUID() }
    },
    ask: (action: Action, level: Level, privilege: Privilege, principalId: string, more: Partial<Ask> = {}): Ask => ({
      ...PLAIN_ASK,
      privilege,
      level,
      action,
      principalId,
      schedule: { start: null, type: 'AfterDuration', duration: 'PT1H', end: null },
      justification: 'because',
      ...more,
    }),
    submit: (call: Call, ask: Ask) => submitRequest(ctx, call, ask),
    settle: async () => (await settleDue(ctx)) + (await settleGround(ctx)),
    policy: async (p: Privilege, changed: readonly object[]) => {
      await db.query(
        `insert into policies (plane, scope, role, changed, modified_at) values ($1, $2, $3, $4, $5)
         on conflict (plane, scope, role) do update set changed = excluded.changed`,
        [p.plane, p.scope, p.role, JSON.stringify(changed), formatInstant(now())],
      )
    },
  })
}
