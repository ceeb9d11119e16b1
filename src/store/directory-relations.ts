// How directory objects hang together, as SQL: who is in a group, what somebody is in, who reports to whom. Each relation is a list
// of ids; who is a member is read at the present instant, an activated membership only while its eligibility stands (D10).

import { look, lookMaybe } from './facts-sql.ts'
import { standsFor } from './list-sql.ts'

const current = (s: string, now: string) =>
  `${s}.status in ('Granted', 'Provisioned') and ${s}.starts_at <= ${now} and (${s}.ends_at is null or ${s}.ends_at > ${now})`

/** In force, whoever holds it: people who are disabled are members still, and shown. */
const inForce = (now: string) => `s.level = 'Assignment' and ${current('s', now)} and (s.source <> 'Activated' or (${current('b', now)}
    and (b.principal_id = s.principal_id or b.principal_id in ${standsFor('s.principal_id', now)})))`

// Each eligibility beneath is looked up by its id: as a plain join the planner would read the whole table.
const BENEATH = lookMaybe('b', 'schedules', 'b.id = s.basis_id')
const HELD = `from schedules s ${BENEATH}`
const MEMBERSHIP = `s.plane = 'group' and s.role = 'member'`
/** Members of the group `d`, by the index of memberships. */
const BELOW = look(
  's',
  'schedules',
  `s.group_id = d.id and ${MEMBERSHIP} and s.level = 'Assignment' and s.status in ('Granted', 'Provisioned')`,
)

/** Groups, units and roles of any of these holders. `holders` is a condition on a column. */
const holdings = (holder: (column: string) => string, now: string) => `
  select s.group_id ${HELD} where ${holder('s.principal_id')} and ${MEMBERSHIP} and ${inForce(now)}
  union all select substring(m.scope from 22)::uuid from unit_members m where ${holder('m.principal_id')}
  union all select case when s.plane = 'directory' then s.role::uuid end ${HELD}
    where ${holder('s.principal_id')} and s.plane = 'directory' and s.scope = '/' and ${inForce(now)}`

type Sub = (of: string, now: string) => string

/** Ids in relation to `of`, an expression of type uuid. */
const RELATIONS = {
  members: (of, now) => `select s.principal_id ${HELD} where s.group_id = ${of} and ${MEMBERSHIP} and ${inForce(now)}`,
  owners: (of, now) =>
    `select s.principal_id ${HELD} where s.plane = 'group' and s.scope = (${of})::text and s.role = 'owner' and ${inForce(now)}`,
  transitiveMembers: (of, now) => `with recursive down as (
      select ${of} as id
      union
      select s.principal_id from down d ${BELOW} ${BENEATH}
      where ${inForce(now)}
    ) select id from down where id <> ${of}`,
  memberOf: (of, now) => holdings((column) => `${column} = ${of}`, now),
  // Whom it stands for is found once, and then asked for in three places.
  transitiveMemberOf: (of, now) => `with stands as materialized (select array${standsFor(of, now)} as ids)
    select id from (${holdings((column) => `${column} = any((select ids from stands)::uuid[])`, now)}) h (id) where id <> ${of}`,
  ownedObjects: (of, now) =>
    `select case when s.plane = 'group' then s.scope::uuid end ${HELD} where s.principal_id = ${of} and s.plane = 'group' and s.role = 'owner'
      and ${inForce(now)}`,
  manager: (of) => `select m.manager_id from principals m where m.id = ${of}`,
  directReports: (of) => `select m.id from principals m where m.manager_id = ${of}`,
  unitMembers: (of) => `select m.principal_id from unit_members m where m.scope = '/administrativeUnits/' || (${of})::text`,
  roleMembers: (of, now) =>
    `select s.principal_id ${HELD} where s.plane = 'directory' and s.role = (${of})::text and s.scope = '/' and ${inForce(now)}`,
  transitiveRoleMembers: (of, now) => `with recursive down as (
      select s.principal_id as id ${HELD} where s.plane = 'directory' and s.role = (${of})::text and s.scope = '/' and ${inForce(now)}
      union
      select s.principal_id from down d ${BELOW} ${BENEATH}
      where ${inForce(now)}
    ) select id from down`,
} satisfies Record<string, Sub>

export type Relation = keyof typeof RELATIONS

/** The ids that stand in this relation to `of`. `now` is used even where time plays no part: a statement must name all it is given. */
export const related = (relation: Relation, of: string, now: string): string =>
  `select r.id from (${(RELATIONS[relation] as Sub)(of, now)}) r (id) where ${now} is not null`
