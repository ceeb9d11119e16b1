// An event as a row, and the statement part that adds such rows.

import { createHash } from 'node:crypto'
import { type Event, leafText } from '../domain/audit/event.ts'
import { formatInstant } from '../domain/time.ts'

/** An event as its row, with the hash of its leaf: RFC 6962's leaf prefix, then the canonical text (D20). */
export const eventRow = (e: Event) => ({
  id: e.id,
  at: formatInstant(e.at),
  kind: e.kind,
  machine: e.machine,
  from_state: e.from,
  to_state: e.to,
  subject: e.subject,
  subject_id: e.subjectId,
  actor_kind: e.actorKind,
  actor_id: e.actorId,
  plane: e.plane,
  scope: e.scope,
  role: e.role,
  principal_id: e.principalId,
  level: e.level,
  action: e.action,
  request_id: e.requestId,
  correlation_id: e.correlationId,
  reason: e.reason,
  data: e.data,
  leaf: createHash('sha256').update('\0').update(leafText(e)).digest('hex'),
})

/** Adds events from the JSON parameter named. */
export const addEvents = (parameter: string): string => `
  insert into events (id, at, kind, machine, from_state, to_state, subject, subject_id, actor_kind, actor_id, plane, scope, role,
    principal_id, level, action, request_id, correlation_id, reason, data, leaf)
  select id, at, kind, machine, from_state, to_state, subject, subject_id, actor_kind, actor_id, plane, scope, role,
    principal_id, level, action, request_id, correlation_id, reason, data, decode(leaf, 'hex')
  from jsonb_to_recordset(${parameter}::jsonb) as e(id uuid, at timestamptz, kind text, machine text, from_state text, to_state text,
    subject text, subject_id text, actor_kind text, actor_id uuid, plane text, scope text, role text, principal_id uuid, level text,
    action text, request_id uuid, correlation_id uuid, reason text, data jsonb, leaf text)`
