// The SQL that lists are put together from: names, groups, what is in force, who is asked. `s` is a schedule, `r` a request, `b` the
// eligibility beneath, `p` the principal, `c` the scope.

import { look, lookMaybe } from './facts-sql.ts'

/** The names that answers show. */
export const NAMES = `
  jsonb_build_object('id', p.id, 'kind', p.kind, 'displayName', p.display_name, 'upn', p.upn, 'mail', p.mail, 'enabled', p.enabled,
    'assignableToRole', p.assignable_to_role) as principal,
  jsonb_build_object('id', d.id, 'name', d.name, 'builtIn', d.built_in) as role,
  jsonb_build_object('id', c.id, 'kind', c.kind, 'displayName', c.display_name, 'spelling', c.spelling) as scope`

// Each name is looked up for the row at hand, by its index. Written as joins the planner would rather read whole tables, sort, and
// only then cut the page: at 66,000 assignments two seconds instead of a few milliseconds.
const joins = (a: string) => `
  ${look('p', 'principals', `p.id = ${a}.principal_id`)}
  ${look('d', 'roles', `d.plane = ${a}.plane and d.id = ${a}.role`)}
  ${look('c', 'scopes', `c.plane = ${a}.plane and c.id = ${a}.scope`)}`

const current = (s: string, now: string) =>
  `${s}.status in ('Granted', 'Provisioned') and ${s}.starts_at <= ${now} and (${s}.ends_at is null or ${s}.ends_at > ${now})`

/**
 * Groups a principal stands for at `now`, itself among them: `groupsOf` in SQL, which agrees with it. An activated membership counts
 * only while its eligibility stands, held by the member itself or by a group the principal is in. Each row of the recursion is the
 * whole set so far, since that ground is looked for in the set; it ends when the set no longer grows.
 */
export const standsFor = (id: string, now: string) => `(
  with recursive up as (
    select array[${id}]::uuid[] as holders
    union
    select array(
      select unnest(up.holders)
      union
      select m.group_id from schedules m ${lookMaybe('e', 'schedules', 'e.id = m.basis_id')}
      where m.principal_id = any(up.holders) and m.plane = 'group' and m.role = 'member' and m.level = 'Assignment' and ${current('m', now)}
        and (m.source <> 'Activated' or (${current('e', now)}
          and (e.principal_id = m.principal_id or (m.principal_id = ${id} and e.principal_id = any(up.holders)))))
      order by 1
    ) from up
  ) select distinct unnest(holders) from up)`

/** In force now: window, enabled holder, and — for an activation — the eligibility beneath (behaviour 2.7, D10). */
export const inForce = (now: string) => `${current('s', now)} and p.enabled and p.deleted_at is null
  and (s.source <> 'Activated' or (${current('b', now)}
    and (b.principal_id = s.principal_id or b.principal_id in ${standsFor('s.principal_id', now)})))`

export const open = (now: string) => `s.status in ('Granted', 'Provisioned') and (s.ends_at is null or s.ends_at > ${now})`

const ASSIGN = 'microsoft.authorization/roleassignments/write'
const lists = (of: string) => `exists (select 1 from jsonb_array_elements_text(coalesce(hr.permissions->'${of}', '[]')) x
      where '${ASSIGN}' like replace(replace(lower(x), '_', '\\_'), '*', '%'))`

/** Owners of the group, and whoever may assign roles at the scope or above: they decide on what holders ask to keep (behaviour 2.6). */
const administers = (who: string, now: string) => `exists (
  select 1 from scopes rc
  join schedules h on h.plane = rc.plane and (h.scope = rc.id or h.scope = any(rc.ancestors)) and h.level = 'Assignment' and ${current('h', now)}
  join roles hr on hr.plane = h.plane and hr.id = h.role
  where rc.plane = r.plane and rc.id = r.scope and h.principal_id in ${standsFor(who, now)}
    and ((h.plane = 'group' and h.role = 'owner') or (h.plane = 'resource' and ${lists('actions')} and not ${lists('notActions')})))`

/** An approver: named, a member of a named group, holder of a default role, or administrator of the scope; never the requestor (behaviour 4.1, 4.2). */
export const waitsFor = (
  who: string,
  now: string,
) => `r.status in ('PendingApproval', 'PendingAdminDecision') and r.principal_id <> ${who} and exists (
  select 1 from approvals a where a.request_id = r.id and a.status = 'InProgress' and a.due_at > ${now} and (
    exists (select 1 from jsonb_array_elements(a.stage->'approvers') x where (x->>'id')::uuid in ${standsFor(who, now)})
    or exists (select 1 from schedules h where h.plane = 'directory' and h.scope = '/' and h.level = 'Assignment'
      and h.role in (select jsonb_array_elements_text(a.stage->'defaultRoles')) and h.principal_id in ${standsFor(who, now)}
      and h.status in ('Granted', 'Provisioned') and h.starts_at <= ${now} and (h.ends_at is null or h.ends_at > ${now}))
    or (a.stage->'administrators' = 'true' and ${administers(who, now)})))`

/** Where requests, and where schedules are listed from: `of` is the table or a part of it. */
export const REQUESTS = (of: string) =>
  `from ${of} r ${joins('r')} ${lookMaybe('t', 'schedules', 't.id = r.schedule_id')} ${lookMaybe('e', 'schedules', 'e.id = r.eligibility_id')}`
export const SCHEDULES = (of: string) =>
  `from ${of} s ${joins('s')} ${lookMaybe('b', 'schedules', 'b.id = s.basis_id')} ${lookMaybe('q', 'requests', 'q.id = s.request_id')}`

/** The same without names, for counting. */
export const LEAN = (of: string) =>
  `from ${of} s ${look('p', 'principals', 'p.id = s.principal_id')} ${look('c', 'scopes', 'c.plane = s.plane and c.id = s.scope')}
   ${lookMaybe('b', 'schedules', 'b.id = s.basis_id')}`
