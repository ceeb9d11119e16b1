// A governed system enters the house: by name, kind and a configuration that names its secrets and never holds them (D31).

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import type { Sql } from '../store/sql.ts'
import { addTarget, changeTarget, lockTarget, type TargetRow } from '../store/targets.ts'
import { administer } from './administer.ts'
import type { Call, Ctx } from './context.ts'

export interface TargetSettings {
  readonly enabled: boolean
  /** Between looks at all holders. */
  readonly recheckMs: number
  /** What becomes of holders that nothing of ours explains. */
  readonly drift: 'report' | 'remove'
  /** Holdings from before us are removed too. */
  readonly exclusive: boolean
  /** A revocation not proven after this is overdue. */
  readonly objectiveMs: number
}

export interface TargetInput extends Partial<TargetSettings> {
  readonly name: string
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
}

const DEFAULTS: TargetSettings = { enabled: true, recheckMs: 5 * MINUTE, drift: 'report', exclusive: false, objectiveMs: 30 * SECOND }

const SECRET = /password|secret|token|key$/i

/** A member whose name says secret must say where it lies, not what it is. */
function holdsSecret(config: Readonly<Record<string, unknown>>): string | null {
  return Object.entries(config).find(([name, value]) => SECRET.test(name) && typeof value === 'string')?.[0] ?? null
}

function objection({ name, config }: { name: string; config: TargetInput['config'] }) {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(name)) return fault('MalformedBody', { detail: `\`${name}\` is not a name for a target` })
  const held = holdsSecret(config)
  if (held)
    return fault('MalformedBody', {
      detail: `\`config.${held}\` must name a variable or a file, such as \`{ "env": "…" }\`, and not hold the secret`,
    })
  return null
}

/** Adds a target within a transaction that has the authority already. */
export async function addTargetWithin(ctx: Ctx, tx: Sql, input: TargetInput): Promise<Result<TargetRow>> {
  const wrong = objection(input)
  if (wrong) return refuse(wrong)
  const row: TargetRow = { id: ctx.ids(), ...DEFAULTS, ...input }
  await addTarget(tx, row, ctx.now())
  return ok(row)
}

/** Registers a target. Faults: `Forbidden`, `TargetExists`, `MalformedBody`. */
export const registerTarget = (ctx: Ctx, call: Call, input: TargetInput): Promise<Result<TargetRow>> => {
  const about = { subject: 'target', subjectId: input.name, action: 'registerTarget' }
  return administer(
    ctx,
    call,
    about,
    async (tx) => {
      const added = await addTargetWithin(ctx, tx, input)
      return added.ok ? ok({ value: added.value, told: { ...about, data: { name: input.name, kind: input.kind } } }) : added
    },
    { targets_name_is_unique: fault('TargetExists', { name: input.name }) },
  )
}

/** Changes a target's settings or configuration. Faults: `Forbidden`, `ResourceNotFound`, `MalformedBody`. */
export const updateTarget = (
  ctx: Ctx,
  call: Call,
  name: string,
  changes: Partial<TargetSettings> & { readonly config?: TargetInput['config'] },
): Promise<Result<TargetRow>> => {
  const about = { subject: 'target', subjectId: name, action: 'updateTarget' }
  return administer(ctx, call, about, async (tx, now) => {
    const old = await lockTarget(tx, name)
    if (!old) return refuse(fault('ResourceNotFound', { id: name }))
    const row: TargetRow = { ...old, ...changes }
    const wrong = objection(row)
    if (wrong) return refuse(wrong)
    await changeTarget(tx, row, now)
    return ok({ value: row, told: { ...about, data: { changed: Object.keys(changes).sort().join(',') } } })
  })
}
