// What becomes of somebody whom a source describes, judged from how they stand here. Pure: the operations load and write.

import { type Fault, fault } from '../faults.ts'
import { addressOf, groupObjection, type IncomingGroup, type IncomingUser, userObjection } from './incoming.ts'

/** Somebody as they stand, kept by the source. */
export interface Kept {
  readonly principalId: string
  readonly externalId: string
  readonly name: string
  readonly doc: Readonly<Record<string, unknown>>
  readonly active: boolean
  readonly held: boolean
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
  readonly enabled: boolean
  readonly managerId: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly isEmergencyAccess: boolean
  readonly assignableToRole: boolean
  readonly managed: boolean
  readonly deleted: boolean
}

/** Whoever holds the name that the source gives somebody. */
export interface NameHolder {
  readonly id: string
  readonly kind: string
  readonly enabled: boolean
  readonly isEmergencyAccess: boolean
  readonly assignableToRole: boolean
  readonly managed: boolean
  readonly keptBy: string | null
}

export type Plan =
  | { readonly t: 'refuse'; readonly fault: Fault }
  | { readonly t: 'add' }
  | { readonly t: 'adopt'; readonly id: string; readonly enabled: boolean }
  /** `fields` names what changes, in the words of here; `turn` whether the person is turned on or off by it. */
  | { readonly t: 'change'; readonly fields: readonly string[]; readonly turn: 'on' | 'off' | null; readonly link: boolean }

/** What the source decides on; what it may do depends on it. */
export interface Terms {
  readonly adopt: boolean
  readonly domains: readonly string[]
  /** A push door tells of a new person by name and may make somebody anew who was deleted here; a run over a directory may not. */
  readonly pushed: boolean
}

const refuse = (f: Fault): Plan => ({ t: 'refuse', fault: f })
const notKept = (id: string, detail: string): Fault => fault('IdentityNotKept', { id, detail })

/** Why no source may touch this principal at all, or null. Fault: `IdentityNotKept`. */
export function untouchable(k: Pick<Kept, 'principalId' | 'isEmergencyAccess' | 'assignableToRole' | 'managed'>): Fault | null {
  if (k.isEmergencyAccess) return notKept(k.principalId, 'it is an account for emergencies')
  if (k.assignableToRole) return notKept(k.principalId, 'the group may hold roles')
  if (k.managed) return notKept(k.principalId, 'who is in the group is decided by requests here')
  return null
}

const sorted = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(sorted)
  const members = Object.entries(value).filter(([, v]) => v !== undefined)
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]))
}

/** A text that two values of JSON have in common if they are the same, whatever the order of their members. */
export const formOf = (value: unknown): string | undefined => JSON.stringify(sorted(value))

const same = (a: unknown, b: unknown): boolean => formOf(a) === formOf(b)

function attributesDiffer(kept: Kept['attributes'], sent: IncomingUser['attributes']): readonly string[] {
  return Object.entries(sent).flatMap(([name, value]) => (same(kept[name] ?? null, value) ? [] : [name]))
}

/** Takes over whom it finds, if the source may; never an account for emergencies, never somebody of another source. */
function meet(name: string, holder: NameHolder, kind: 'user' | 'group', terms: Terms): Plan {
  const closed = holder.kind !== kind || holder.keptBy !== null || untouchable({ ...holder, principalId: holder.id }) !== null
  if (!terms.adopt || closed) return refuse(fault('IdentityConflict', { name }))
  return { t: 'adopt', id: holder.id, enabled: holder.enabled }
}

/** What becomes of a person. `holder`: whoever answers to the name that is to be theirs, if anybody. */
export function planUser(u: IncomingUser, kept: Kept | null, holder: NameHolder | null, terms: Terms): Plan {
  const wrong = userObjection(u, terms.domains)
  if (wrong) return refuse(wrong)
  const upn = addressOf(u.userName, terms.domains) ?? ''
  if (!kept) return holder ? meet(u.userName, holder, 'user', terms) : { t: 'add' }
  if (kept.deleted) return refuse(notKept(kept.principalId, 'it was deleted here'))
  const closed = untouchable(kept)
  if (closed) return refuse(closed)
  if (holder && holder.id !== kept.principalId) return refuse(fault('IdentityConflict', { name: u.userName }))
  const turn = !u.active ? (kept.enabled ? 'off' : null) : !kept.enabled && !kept.held && !kept.active ? 'on' : null
  const fields = [
    ...(u.displayName === kept.displayName ? [] : ['displayName']),
    ...(upn === kept.upn ? [] : ['userPrincipalName']),
    ...(u.mail === kept.mail ? [] : ['mail']),
    ...(u.managerId === undefined || u.managerId === kept.managerId ? [] : ['manager']),
    ...attributesDiffer(kept.attributes, u.attributes),
    ...(u.externalId === kept.externalId ? [] : ['externalId']),
  ]
  const link = fields.length > 0 || u.active !== kept.active || u.userName.toLowerCase() !== kept.name || !same(u.doc, kept.doc)
  return { t: 'change', fields, turn, link }
}

/** What becomes of a group. `holders`: those of this name whom the source does not keep. */
export function planGroup(g: IncomingGroup, kept: Kept | null, holders: readonly NameHolder[], terms: Terms): Plan {
  const wrong = groupObjection(g)
  if (wrong) return refuse(wrong)
  if (kept?.deleted) return refuse(notKept(kept.principalId, 'it was deleted here'))
  const closed = kept ? untouchable(kept) : null
  if (closed) return refuse(closed)
  const [holder, ...more] = holders
  if (!kept) {
    if (!holder) return { t: 'add' }
    return more.length > 0 ? refuse(fault('IdentityConflict', { name: g.displayName })) : meet(g.displayName, holder, 'group', terms)
  }
  const renamed = g.displayName !== kept.displayName
  if (renamed && holder) return refuse(fault('IdentityConflict', { name: g.displayName }))
  const fields = [
    ...(renamed ? ['displayName'] : []),
    ...attributesDiffer(kept.attributes, { description: g.description }),
    ...(g.externalId === kept.externalId ? [] : ['externalId']),
  ]
  return { t: 'change', fields, turn: null, link: fields.length > 0 || !same(g.doc, kept.doc) }
}
