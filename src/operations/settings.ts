// The installation's own settings (D30): read by whoever may read roles, changed by those who run it, an event for each change.

import type { Settings } from '../domain/facts.ts'
import { ok, type Result } from '../domain/result.ts'
import { holdTenant, type StoredSettings, selectSettings, writeSettings } from '../store/tenant-rows.ts'
import { administer } from './administer.ts'
import { authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type TenantSettings = Pick<Settings, 'sideDoors' | 'elevation' | 'mfaMaximumAge'>

/** Settings as stored, laid over those of the process. Lengths in milliseconds. */
export const laidOver = (base: Settings, stored: StoredSettings): Settings => ({
  ...base,
  ...(stored.sideDoors === undefined ? {} : { sideDoors: stored.sideDoors }),
  ...(stored.elevation === undefined ? {} : { elevation: stored.elevation }),
  ...(stored.mfaMaximumAge === undefined ? {} : { mfaMaximumAge: stored.mfaMaximumAge }),
})

const shown = ({ sideDoors, elevation, mfaMaximumAge }: Settings): TenantSettings => ({ sideDoors, elevation, mfaMaximumAge })

/** The settings in force. Fault: `Forbidden`. */
export async function readTenantSettings(ctx: Ctx, call: Call): Promise<Result<TenantSettings>> {
  const allowed = await authorizeRead(ctx, call, 'directory', '/')
  return allowed.ok ? ok(shown(laidOver(ctx.settings(), await selectSettings(ctx.db)))) : allowed
}

/** Changes some settings; the others stay. In force here at once, in other processes within a second. Fault: `Forbidden`. */
export async function updateTenantSettings(ctx: Ctx, call: Call, changes: StoredSettings): Promise<Result<TenantSettings>> {
  const about = { subject: 'settings', subjectId: ctx.tenant().id, action: 'updateSettings' }
  const done = await administer(ctx, call, about, async (tx) => {
    await holdTenant(tx)
    const before = await selectSettings(tx)
    const after = { ...before, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) }
    const value = shown(laidOver(ctx.settings(), after))
    if (JSON.stringify(before) === JSON.stringify(after)) return ok({ value, told: null })
    await writeSettings(tx, after)
    return ok({ value, told: { ...about, data: { before: JSON.stringify(before), after: JSON.stringify(after) } } })
  })
  if (done.ok) await ctx.refresh?.()
  return done
}
