// Groups come in and change by a source's word. A group of a source is filled by it alone: it can hold no roles, and is no group that
// requests here decide on.

import type { Event } from '../domain/audit/event.ts'
import { fault } from '../domain/faults.ts'
import { type IncomingGroup, isKeepable } from '../domain/identity/incoming.ts'
import { type Kept, planGroup } from '../domain/identity/plan.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { addPrincipals, type PrincipalRow } from '../store/directory-rows.ts'
import { holdLock } from '../store/enabled.ts'
import { addLinks, dropLink, type LinkWrite, lockGroupsNamed, lockKept, updateLinks } from '../store/identity-links.ts'
import { type PrincipalWrite, updatePrincipals, writeSynchronised } from '../store/identity-writes.ts'
import { type Provisioned, type Run, sourceEvent, termsOf } from './identity-run.ts'

async function load(run: Run, groups: readonly IncomingGroup[]) {
  const { tx, source, pushed } = run
  const known = groups.flatMap((g) => g.principalId ?? [])
  const rows = await lockKept(
    tx,
    source.id,
    'group',
    groups.map((g) => g.externalId),
    known,
  )
  const stale = pushed ? rows.filter((r) => r.deleted && !known.includes(r.principalId)) : []
  for (const row of stale) await dropLink(tx, row.principalId)
  // Names of groups are nobody's by a constraint: whoever makes or renames one comes after the other.
  const names = [...new Set(groups.map((g) => g.displayName.toLowerCase()))].filter(isKeepable).sort()
  await Promise.all(names.map((name) => holdLock(tx, `group-name|${name}`)))
  const named = await lockGroupsNamed(tx, names)
  return { rows: rows.filter((r) => !stale.includes(r)), named: named.filter((n) => n.keptBy !== source.id) }
}

const linkOf = (g: IncomingGroup, principalId: string, adopted: boolean): LinkWrite => ({
  kind: 'group',
  externalId: g.externalId,
  principalId,
  name: g.displayName.toLowerCase(),
  doc: g.doc,
  active: true,
  held: false,
  adopted,
})

const rowOf = (g: IncomingGroup, id: string): PrincipalRow => ({
  id,
  kind: 'group',
  displayName: g.displayName,
  membership: 'synchronised',
  attributes: g.description === null ? {} : { description: g.description },
})

const writeOf = (g: IncomingGroup, id: string): PrincipalWrite => ({
  id,
  displayName: g.displayName,
  upn: null,
  mail: null,
  managerId: null,
  attributes: { description: g.description },
})

/**
 * Writes groups as a source describes them, without their members. Faults of each: `InvalidObject`, `IdentityConflict`,
 * `IdentityNotKept`, `ResourceNotFound`.
 */
export async function provisionGroups(run: Run, groups: readonly IncomingGroup[]): Promise<readonly Result<Provisioned>[]> {
  const { tx, ctx, source, now } = run
  const { rows, named } = await load(run, groups)
  const added: PrincipalRow[] = []
  const changed: PrincipalWrite[] = []
  const newLinks: LinkWrite[] = []
  const links: LinkWrite[] = []
  const events: Event[] = []
  const claimed = new Set<string>()
  const tell = (id: string, action: string, data: Event['data']) =>
    events.push(sourceEvent(run, { subject: 'principal', subjectId: id, action, principalId: id, data }))
  const answers = groups.map((g): Result<Provisioned> => {
    const byExternal: Kept | undefined = rows.find((r) => r.externalId === g.externalId)
    const kept = (g.principalId === undefined ? byExternal : rows.find((r) => r.principalId === g.principalId)) ?? null
    if (g.principalId !== undefined && !kept) return refuse(fault('ResourceNotFound', { id: g.principalId }))
    if (
      claimed.has(g.externalId) ||
      (byExternal && byExternal.principalId !== kept?.principalId) ||
      (run.pushed && g.principalId === undefined && kept)
    )
      return refuse(fault('IdentityConflict', { name: g.displayName }))
    claimed.add(g.externalId)
    const holders = named.filter((n) => n.name === g.displayName.toLowerCase())
    const plan = planGroup(g, kept, holders, termsOf(run))
    const answer = (principalId: string, did: Provisioned['did']) => ok({ externalId: g.externalId, principalId, did })
    if (plan.t === 'refuse') return refuse(plan.fault)
    if (plan.t === 'add') {
      const id = ctx.ids()
      added.push(rowOf(g, id))
      newLinks.push(linkOf(g, id, false))
      tell(id, 'createGroup', { name: g.displayName, externalId: g.externalId })
      return answer(id, { groups: 1 })
    }
    if (plan.t === 'adopt') {
      changed.push(writeOf(g, plan.id))
      newLinks.push(linkOf(g, plan.id, true))
      tell(plan.id, 'adoptGroup', { name: g.displayName, externalId: g.externalId })
      return answer(plan.id, { groups: 1, adopted: 1 })
    }
    const id = kept?.principalId ?? ''
    if (!plan.link) return answer(id, {})
    if (plan.fields.length > 0) changed.push(writeOf(g, id))
    links.push(linkOf(g, id, false))
    tell(id, 'updateGroup', { fields: plan.fields.join(','), externalId: g.externalId })
    return answer(id, { groups: 1 })
  })
  if (added.length > 0) await addPrincipals(tx, added, now)
  await updatePrincipals(tx, changed)
  const adopted = newLinks.filter((l) => l.adopted).map((l) => l.principalId)
  await writeSynchronised(tx, adopted, true)
  await addLinks(tx, source.id, newLinks, now)
  await updateLinks(tx, source.id, links, now)
  await record(tx, events, now)
  return answers
}
