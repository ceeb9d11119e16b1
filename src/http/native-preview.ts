// The whole verdict on an ask, before it is sent: every finding, every input, the window, and whether somebody must approve.

import type { Output } from '../contract/routes.ts'
import { fault } from '../domain/faults.ts'
import { refusalOf } from '../domain/policy/evaluate.ts'
import type { Ask } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { formatInstant } from '../domain/time.ts'
import type { Call, Ctx } from '../operations/context.ts'
import { preview } from '../operations/submit-request.ts'

/** Judges without storing anything. Faults: `Forbidden`, and what makes the ask meaningless. */
export async function previewOf(ctx: Ctx, call: Call, ask: Ask): Promise<Result<Output<'preview'>>> {
  const { verdict, facts } = await preview(ctx, call, ask)
  const { findings, inputs, approval, case: c } = verdict
  // Who may not ask is told that and no more: the other findings speak of somebody else's standing.
  const forbidden = refusalOf(findings.filter((f) => f.code === 'Forbidden'))
  if (forbidden) return refuse(forbidden)
  const { principal, role, scope } = facts
  if (!principal) return refuse(fault('SubjectNotFound', { id: ask.principalId }))
  const { plane } = ask.privilege
  return ok({
    plane,
    role: { id: ask.privilege.role, name: role?.name ?? ask.privilege.role },
    scope: { id: ask.privilege.scope, displayName: scope?.displayName ?? ask.privilege.scope, kind: scope?.kind ?? '' },
    principal: { id: principal.id, kind: principal.kind, displayName: principal.displayName, upn: principal.upn },
    action: ask.action,
    level: ask.level,
    findings: [...findings],
    inputs: [...inputs],
    window: c.window && { start: formatInstant(c.window.start), until: c.window.end === null ? null : formatInstant(c.window.end) },
    needsApproval: approval !== null,
  })
}
