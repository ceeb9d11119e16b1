// Authentication contexts: what a rule may ask of a proof by name (behaviour 3.5, D9). Read by whoever reads roles, defined by those who
// run the installation: whoever loosens a context loosens every rule that names it.

import { isDeepStrictEqual } from 'node:util'
import { isNetwork } from '../domain/access/networks.ts'
import { isContextId, type Strength } from '../domain/access/strength.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { type ContextRow, selectContexts, writeContext } from '../store/authentication-contexts.ts'
import type { Sql } from '../store/sql.ts'
import { holdTenant } from '../store/tenant-rows.ts'
import { administer, type Edit } from './administer.ts'
import { authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { keepingAble } from './keep-able.ts'

export type Context = ContextRow

/** What is left out stays; of a new one it is as the table below has it. */
export interface ContextEdit {
  readonly displayName?: string | undefined
  readonly description?: string | undefined
  readonly enabled?: boolean | undefined
  readonly strength?: Strength | undefined
  /** Milliseconds; null: as long as the token lives. */
  readonly maximumAge?: number | null | undefined
  readonly networks?: readonly string[] | undefined
  readonly compliantDevice?: boolean | undefined
}

const NEW = { description: '', enabled: true, strength: 'mfa', maximumAge: null, networks: [], compliantDevice: false } as const
const MOST_NETWORKS = 100

/** All of them, at most 99. Fault: `Forbidden`. */
export async function listAuthenticationContexts(ctx: Ctx, call: Call): Promise<Result<readonly Context[]>> {
  const allowed = await authorizeRead(ctx, call, 'directory', '/')
  return allowed.ok ? ok(await selectContexts(ctx.db)) : allowed
}

function objection(id: string, { networks = [], displayName }: ContextEdit): string | null {
  if (!isContextId(id)) return `\`${id.slice(0, 40)}\` is not an id from \`c1\` to \`c99\``
  if (displayName !== undefined && displayName.trim() === '') return 'a context has a name'
  if (networks.length > MOST_NETWORKS) return `more than ${MOST_NETWORKS} networks`
  const wrong = networks.find((one) => !isNetwork(one))
  return wrong === undefined ? null : `\`${wrong.slice(0, 60)}\` is not a network such as \`10.0.0.0/8\``
}

/**
 * Defines a context, or changes it. In force here at once, in other processes within a second. Faults: `Forbidden`, `InvalidContext`,
 * `LastAbleAdministrator`.
 */
export async function setAuthenticationContext(ctx: Ctx, call: Call, id: string, edit: ContextEdit): Promise<Result<Context>> {
  const about = { subject: 'authenticationContext', subjectId: id, action: 'updateAuthenticationContext' }
  const work = async (tx: Sql, now: Instant): Promise<Result<Edit<Context>>> => {
    const wrong = objection(id, edit)
    if (wrong !== null) return refuse(fault('InvalidContext', { detail: wrong }))
    await holdTenant(tx)
    const before = (await selectContexts(tx)).find((one) => one.id === id) ?? null
    const said = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined))
    const after: Context = { displayName: id, ...NEW, ...before, ...said, id }
    if (isDeepStrictEqual(before, after)) return ok({ value: after, told: null })
    const written = await keepingAble(tx, now, async () => ok(await writeContext(tx, after)))
    if (!written.ok) return written
    return ok({ value: after, told: { ...about, data: { before: JSON.stringify(before), after: JSON.stringify(after) } } })
  }
  const done = await administer(ctx, call, about, work)
  if (done.ok) await ctx.refresh?.()
  return done
}
