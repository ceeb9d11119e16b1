// `$expand` on requests, schedules and instances: names come with the row; an eligibility used is looked up for the whole page.

import type { Filter } from '../../domain/filter.ts'
import { type ListedSchedule, listSchedules } from '../../operations/list.ts'
import { NAVIGATION, NAVIGATION_NAMES, type Shown } from './entities.ts'
import type { Exchange } from './exchange.ts'
import type { Family } from './families.ts'
import type { Entity } from './present.ts'

/** The same request as if it had asked to expand this one property, and nothing else. */
export const expanding = (x: Exchange, name: string): Exchange => {
  const options = { ...x.options, select: null, expand: [], filter: null }
  return { ...x, options: { ...options, expand: [{ name, options }] } }
}

const wantedOf = (x: Exchange): readonly string[] => {
  const names = x.options.expand.map((e) => e.name.toLowerCase())
  return names.includes('*') ? Object.keys(NAVIGATION) : names
}

function narrowed(x: Exchange, name: string, value: Entity | null): Entity | null {
  const select = x.options.expand.find((e) => e.name.toLowerCase() === name)?.options.select
  if (!value || !select) return value
  const wanted = new Set(select.map((s) => s.toLowerCase()))
  return Object.fromEntries(Object.entries(value).filter(([n]) => n.includes('@') || wanted.has(n.toLowerCase())))
}

/** The entity with the navigation properties asked for. */
export function expanded(x: Exchange, value: Entity, shown: Shown, more: Readonly<Record<string, Entity | null>> = {}): Entity {
  const out: Record<string, unknown> = { ...value }
  for (const name of wantedOf(x)) {
    const spelt = NAVIGATION_NAMES[name]
    if (spelt === undefined) continue
    out[spelt] = narrowed(x, name, Object.hasOwn(more, name) ? (more[name] ?? null) : (NAVIGATION[name]?.(shown) ?? null))
  }
  return out
}

const anyOf = (ids: readonly string[]): Filter => ({ t: 'in', path: ['id'], values: ids })

/** Schedules by id, for `activatedUsing` and `targetSchedule`: one statement for the page, none when nobody asked. */
export async function schedulesById(
  x: Exchange,
  family: Family,
  nav: string,
  ids: readonly (string | null)[],
  write: (family: Family, item: ListedSchedule) => Entity,
): Promise<ReadonlyMap<string, Entity>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  if (wanted.length === 0 || !wantedOf(x).includes(nav)) return new Map()
  // The rows are part of what the caller was already allowed to see, so the system reads them.
  const found = await listSchedules(
    x.deps.ctx,
    { actor: { t: 'system', part: 'worker' }, correlationId: x.caller.call.correlationId },
    {
      plane: family.plane,
      level: null,
      mine: null,
      assignedTo: null,
      scope: null,
      filter: anyOf(wanted),
      order: 'id',
      limit: wanted.length,
      after: null,
      count: false,
    },
  )
  const items: readonly ListedSchedule[] = found.ok ? found.value.items : []
  return new Map(items.map((item) => [item.schedule.id, write(family, item)]))
}
