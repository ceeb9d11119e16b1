// Where directory objects are read from. People, groups and programs are rows of one table; applications, administrative units and
// the tenant's directory roles are put beside them with the same columns, only where they are asked for.

import type { PrincipalKind } from '../domain/privilege.ts'

/** What a directory object can be. An application is its service principal seen as a registration; its id is the application id. */
export type ObjectKind = PrincipalKind | 'application' | 'administrativeUnit' | 'directoryRole'

const PRINCIPALS: readonly ObjectKind[] = ['user', 'group', 'servicePrincipal']

/** `/administrativeUnits/`, before the id. */
const PREFIX = 21

const COLUMNS = `id, kind, display_name, upn, mail, app_id, enabled, assignable_to_role, membership, attributes, manager_id, created_at`

/** Is the role `r` held by anybody? In the order of the index: the first one found is enough, and the planner is told so. */
const IS_HELD = `(select true from schedules s where s.plane = r.plane and s.role = r.id and s.level = 'Assignment'
  and s.status in ('Granted', 'Provisioned') order by s.plane, s.role, s.id limit 1)`

const BESIDE: Readonly<Record<string, string>> = {
  application: `select p.app_id, 'application', p.display_name, null, null, p.app_id, p.enabled, false, 'assigned', p.attributes, null::uuid,
      p.created_at
    from principals p where p.app_id is not null and p.deleted_at is null`,
  administrativeUnit: `select case when c.kind = 'administrativeUnit' then substring(c.id from ${PREFIX + 1})::uuid end, 'administrativeUnit',
      c.display_name, null, null, null::uuid, true, false, 'assigned', c.attributes, null::uuid, null::timestamptz
    from scopes c where c.plane = 'directory' and c.kind = 'administrativeUnit' and c.deleted_at is null`,
  // A role is the tenant's own once somebody said so, or holds it.
  directoryRole: `select case when r.plane = 'directory' then r.id::uuid end, 'directoryRole', r.name, null, null, null::uuid, r.enabled, false,
      'assigned', jsonb_build_object('description', r.description), null::uuid, null::timestamptz
    from roles r where r.plane = 'directory' and r.deleted_at is null and (r.activated_at is not null or ${IS_HELD})`,
}

/** A FROM item `p` with the objects of these kinds, and the condition that goes with it; `add` gives the list of kinds its placeholder. */
export function sourceOf(
  kinds: readonly ObjectKind[],
  add: (kinds: readonly ObjectKind[]) => string,
): { readonly from: string; readonly where: string } {
  const beside = kinds.flatMap((kind) => BESIDE[kind] ?? [])
  const principals = kinds.filter((kind) => PRINCIPALS.includes(kind))
  if (beside.length === 0) {
    const list = add(principals)
    // One kind is asked for by equality, so that the index by name can give the order too.
    return { from: 'principals p', where: `p.deleted_at is null and p.kind = ${principals.length === 1 ? `(${list})[1]` : `any(${list})`}` }
  }
  const own =
    principals.length === 0 ? [] : [`select ${COLUMNS} from principals where deleted_at is null and kind = any(${add(principals)})`]
  return { from: `(${[...own, ...beside].join(' union all ')}) p (${COLUMNS})`, where: 'true' }
}
