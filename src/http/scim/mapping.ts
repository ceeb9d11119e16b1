// A SCIM document as somebody who comes in: which of its attributes mean what here. The rest is kept for the sender to read back.

import { fault } from '../../domain/faults.ts'
import type { IncomingGroup, IncomingUser } from '../../domain/identity/incoming.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { Doc } from './document.ts'
import { ENTERPRISE } from './schema.ts'

type Sent<T> = Omit<T, 'externalId'> & { readonly externalId: string | null }

const isRecord = (v: unknown): v is Doc => typeof v === 'object' && v !== null && !Array.isArray(v)
const text = (v: unknown): string | null => (typeof v === 'string' && v.trim() !== '' ? v : null)
const part = (doc: Doc, name: string): Doc => (isRecord(doc[name]) ? (doc[name] as Doc) : {})
const list = (doc: Doc, name: string): readonly Doc[] => (Array.isArray(doc[name]) ? (doc[name] as Doc[]).filter(isRecord) : [])
const typed = (values: readonly Doc[], type: string) => values.filter((v) => text(v.type)?.toLowerCase() === type)

/** The address that counts: the first choice, else the one for work, else any. */
function mailOf(doc: Doc): string | null {
  const all = list(doc, 'emails')
  const chosen = all.find((v) => v.primary === true) ?? typed(all, 'work')[0] ?? all[0]
  return text(chosen?.value)
}

function nameOf(doc: Doc): string {
  const name = part(doc, 'name')
  const parts = [text(name.givenName), text(name.familyName)].filter(Boolean).join(' ')
  return text(doc.displayName) ?? text(name.formatted) ?? text(parts) ?? String(doc.userName)
}

/** A person. Fault: `InvalidObject`. */
export function userOf(doc: Doc): Result<Sent<IncomingUser>> {
  const userName = text(doc.userName)
  if (userName === null) return refuse(fault('InvalidObject', { detail: 'a value is required for `userName`', scimType: 'invalidValue' }))
  const name = part(doc, 'name')
  const work = part(doc, ENTERPRISE)
  const manager = text(part(work, 'manager').value)?.toLowerCase() ?? null
  const phones = list(doc, 'phoneNumbers')
  const business = typed(phones, 'work').flatMap((p) => text(p.value) ?? [])
  return ok({
    externalId: text(doc.externalId),
    userName,
    displayName: nameOf(doc),
    mail: mailOf(doc),
    active: doc.active !== false,
    managerId: manager !== null && isGuid(manager) ? manager : null,
    attributes: {
      givenName: text(name.givenName),
      surname: text(name.familyName),
      jobTitle: text(doc.title),
      department: text(work.department),
      employeeId: text(work.employeeNumber),
      preferredLanguage: text(doc.preferredLanguage),
      mobilePhone: text(typed(phones, 'mobile')[0]?.value),
      businessPhones: business.length > 0 ? business : null,
    },
    doc,
  })
}

/** A group. Fault: `InvalidObject`. */
export function groupOf(doc: Doc): Result<Sent<IncomingGroup>> {
  const displayName = text(doc.displayName)
  if (displayName === null)
    return refuse(fault('InvalidObject', { detail: 'a value is required for `displayName`', scimType: 'invalidValue' }))
  const { members: _, ...rest } = doc
  return ok({ externalId: text(doc.externalId), displayName, description: null, doc: rest })
}
