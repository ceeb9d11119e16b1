// People come in and change by a source's word, any number in one transaction. A name that somebody else holds is a refusal of that
// one person; one event for each real change, none where nothing changed.

import type { Event } from '../domain/audit/event.ts'
import { fault } from '../domain/faults.ts'
import { addressOf, type IncomingUser } from '../domain/identity/incoming.ts'
import { type Kept, type Plan, planUser, type Terms } from '../domain/identity/plan.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { addPrincipals, type PrincipalRow } from '../store/directory-rows.ts'
import { addLinks, dropLink, type LinkWrite, lockHolders, lockKept, selectKeptAmong, updateLinks } from '../store/identity-links.ts'
import { breakCircles, type PrincipalWrite, updatePrincipals } from '../store/identity-writes.ts'
import { guard, mustStay, turn } from './identity-leave.ts'
import { type Provisioned, type Run, sourceEvent, termsOf } from './identity-run.ts'

type Item = { readonly u: IncomingUser; readonly kept: Kept | null; readonly upn: string; readonly plan: Plan }

/** Loads who is meant and judges each; rows are held still from here on. */
async function judge(run: Run, users: readonly IncomingUser[]): Promise<readonly Item[]> {
  const { tx, source, ctx, pushed } = run
  const { domains } = ctx.tenant()
  const known = users.flatMap((u) => u.principalId ?? [])
  const rows = await lockKept(
    tx,
    source.id,
    'user',
    users.map((u) => u.externalId),
    known,
  )
  // Somebody deleted them here; who pushes them again means somebody new.
  const stale = pushed ? rows.filter((r) => r.deleted && !known.includes(r.principalId)) : []
  for (const row of stale) await dropLink(tx, row.principalId)
  const live = rows.filter((r) => !stale.includes(r))
  const byId = new Map(live.map((r) => [r.principalId, r]))
  const byExternal = new Map(live.map((r) => [r.externalId, r]))
  const upns = users.map((u) => addressOf(u.userName, domains) ?? '')
  const holders = new Map((await lockHolders(tx, upns.filter(Boolean))).map((h) => [h.name, h]))
  const claimed = new Set<string>()
  const terms = termsOf(run)
  const items = users.map((u, i): Item => {
    const upn = upns[i] ?? ''
    const kept = (u.principalId === undefined ? byExternal.get(u.externalId) : byId.get(u.principalId)) ?? null
    const other = byExternal.get(u.externalId)
    // A name or an id that two of one batch claim belongs to the first.
    const twice = claimed.has(upn) || claimed.has(`#${u.externalId}`) || (other && other.principalId !== kept?.principalId)
    claimed.add(upn).add(`#${u.externalId}`)
    if (u.principalId !== undefined && !kept)
      return { u, kept, upn, plan: { t: 'refuse', fault: fault('ResourceNotFound', { id: u.principalId }) } }
    // For a push, whoever is there already is a conflict; only a reading speaks of the same person twice.
    if (twice || (pushed && u.principalId === undefined && kept))
      return { u, kept, upn, plan: { t: 'refuse', fault: fault('IdentityConflict', { name: u.userName }) } }
    return { u, kept, upn, plan: planUser(u, kept, holders.get(upn) ?? null, terms) }
  })
  return items.map((item) => (pushed ? item : leavingAnyhow(item, terms)))
}

/** Whoever may no longer act is turned off, whatever else is wrong with them: nobody keeps their access by a name that cannot stand. */
function leavingAnyhow(item: Item, terms: Terms): Item {
  const { u, kept, plan } = item
  if (plan.t !== 'refuse' || u.active || !kept?.enabled || kept.deleted || kept.upn === null) return item
  const { externalId, upn, displayName, mail, doc } = kept
  const as: IncomingUser = { externalId, userName: kept.name, displayName, mail, active: false, attributes: {}, doc }
  return { u: as, kept, upn, plan: planUser(as, kept, null, terms) }
}

/** Nobody has a manager whom the source does not keep. */
async function withManagers({ tx, source }: Run, users: readonly IncomingUser[]): Promise<readonly IncomingUser[]> {
  const named = users.flatMap((u) => u.managerId ?? [])
  if (named.length === 0) return users
  const known = await selectKeptAmong(tx, source.id, [...new Set(named)])
  return users.map((u) => (u.managerId && !known.has(u.managerId) ? { ...u, managerId: null } : u))
}

const linkOf = ({ u, kept }: Item, principalId: string, held: boolean, adopted: boolean): LinkWrite => ({
  kind: 'user',
  externalId: u.externalId,
  principalId,
  name: u.userName.toLowerCase(),
  doc: u.doc,
  active: u.active,
  held: kept?.held ?? held,
  adopted,
})

const present = (attributes: IncomingUser['attributes']) => Object.fromEntries(Object.entries(attributes).filter(([, v]) => v !== null))

function rowOf({ u, upn }: Item, id: string): PrincipalRow {
  const { displayName, mail, active, attributes, managerId = null } = u
  return { id, kind: 'user', displayName, upn, mail, enabled: active, managerId, attributes: present(attributes) }
}

function writeOf({ u, upn, kept }: Item, id: string): PrincipalWrite {
  const managerId = u.managerId === undefined ? (kept?.managerId ?? null) : u.managerId
  return { id, displayName: u.displayName, upn, mail: u.mail, attributes: u.attributes, managerId }
}

const NAMES = { on: 'enablePrincipal', off: 'disablePrincipal' } as const

function eventOf(run: Run, item: Item, id: string, action: string, data: Event['data'], reason: string | null): Event {
  return sourceEvent(run, {
    subject: 'principal',
    subjectId: id,
    action,
    principalId: id,
    reason,
    data: { ...data, externalId: item.u.externalId },
  })
}

/**
 * Writes people as a source describes them; each answer is that person's. Faults of each: `InvalidObject`, `IdentityConflict`,
 * `IdentityNotKept`, `ResourceNotFound`, `CannotRemoveLastActiveAdministrator`.
 */
export async function provisionUsers(run: Run, sent: readonly IncomingUser[]): Promise<readonly Result<Provisioned>[]> {
  const { tx, ctx, source, now } = run
  const users = await withManagers(run, sent)
  if (users.some((u) => !u.active)) await guard(run)
  const items = await judge(run, users)
  const leaving = items.flatMap((i) => {
    if (i.plan.t === 'adopt') return i.u.active || !i.plan.enabled ? [] : [i.plan.id]
    return i.plan.t === 'change' && i.plan.turn === 'off' ? [i.kept?.principalId ?? ''] : []
  })
  const stay = await mustStay(run, leaving)
  const added: PrincipalRow[] = []
  const changed: PrincipalWrite[] = []
  const newLinks: LinkWrite[] = []
  const links: LinkWrite[] = []
  const events: Event[] = []
  const turned = { on: [] as string[], off: [] as string[] }
  const off = `${source.name} says the person may no longer act`
  const answers = items.map((item): Result<Provisioned> => {
    const { u, kept, plan } = item
    const answer = (principalId: string, did: Provisioned['did']) => ok({ externalId: u.externalId, principalId, did })
    if (plan.t === 'refuse') return refuse(plan.fault)
    if (plan.t === 'add') {
      const id = ctx.ids()
      added.push(rowOf(item, id))
      newLinks.push(linkOf(item, id, false, false))
      events.push(eventOf(run, item, id, 'createUser', { name: item.upn, enabled: u.active }, null))
      return answer(id, { added: 1 })
    }
    const id = plan.t === 'adopt' ? plan.id : (kept?.principalId ?? '')
    const last = stay.get(id)
    if (last) return refuse(last)
    if (plan.t === 'adopt') {
      const goes = plan.enabled && !u.active
      if (goes) turned.off.push(id)
      changed.push(writeOf(item, id))
      // Whoever was turned off here before the source came was turned off by somebody here.
      newLinks.push(linkOf(item, id, !plan.enabled, true))
      events.push(eventOf(run, item, id, 'adoptUser', { name: item.upn, disabled: goes }, goes ? off : null))
      return answer(id, { adopted: 1, disabled: goes ? 1 : 0 })
    }
    if (!plan.link && plan.turn === null) return answer(id, {})
    if (plan.turn) turned[plan.turn].push(id)
    if (plan.fields.length > 0) changed.push(writeOf(item, id))
    links.push(linkOf(item, id, false, false))
    const action = plan.turn ? NAMES[plan.turn] : 'updateUser'
    events.push(eventOf(run, item, id, action, { fields: plan.fields.join(',') }, plan.turn === 'off' ? off : null))
    return answer(id, plan.turn === 'off' ? { disabled: 1 } : plan.turn === 'on' ? { enabled: 1 } : { changed: 1 })
  })
  // Sent without waiting for each other: they arrive in this order.
  const writes = [
    ...(added.length > 0 ? [addPrincipals(tx, added, now)] : []),
    updatePrincipals(tx, changed),
    breakCircles(
      tx,
      changed.filter((c) => c.managerId !== null).map((c) => c.id),
    ),
    addLinks(tx, source.id, newLinks, now),
    updateLinks(tx, source.id, links, now),
  ]
  await Promise.all([...writes, ...(turned.on.length + turned.off.length === 0 ? [record(tx, events, now)] : [])])
  if (turned.on.length + turned.off.length > 0) {
    await turn(run, turned.on, turned.off)
    await record(tx, events, now)
  }
  return answers
}
