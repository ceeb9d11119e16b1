// What the token service keeps between two requests. It is handed values that open doors; only their hashes go on from here.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { SECOND } from '../domain/time.ts'
import {
  dropState,
  dropStateOfGrant,
  type FoundState,
  findState,
  findStateByUid,
  findStateByUserCode,
  saveState,
  sweepState,
  useState,
} from '../store/authority-state.ts'
import type { Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'

export type Payload = Readonly<Record<string, unknown>>

// A row that refers to another by what opens it keeps the hash only, written so. Nothing that a client sends has a colon in it.
const MARK = 'sha256:'
const idOf = (value: string): string => (value.startsWith(MARK) ? value.slice(MARK.length) : hashOf(value))

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Whose it is. A sign-in that has shown its password, but was not gone on with, is somebody's already: it ends with the rest. */
function accountOf(payload: Payload): string | null {
  const { login } = (payload.result ?? {}) as { readonly login?: { readonly accountId?: unknown } }
  return text(payload.accountId) ?? text(login?.accountId)
}

/** How long used and ended rows stay to be recognised as used. */
const MEMORY_MS = 60 * SECOND
const SWEEP_ROWS = 500

export interface AuthorityState {
  save(id: string, payload: Payload, seconds: number): Promise<Result<true>>
  find(id: string): Promise<Payload | null>
  findByUid(uid: string): Promise<Payload | null>
  findByUserCode(code: string): Promise<Payload | null>
  /** Fault: `AlreadyUsed`, when another request, here or elsewhere, was first. */
  use(id: string): Promise<Result<true>>
  drop(id: string): Promise<void>
  dropOfGrant(grantId: string): Promise<void>
}

/** The rows of one model. */
export function authorityState(ctx: Ctx, model: string): AuthorityState {
  const shown = (found: FoundState | null, more: Payload): Payload | null =>
    found && {
      ...found.payload,
      jti: MARK + found.id,
      ...(found.usedAt === null ? {} : { consumed: Math.floor(found.usedAt / SECOND) }),
      ...more,
    }
  return {
    async save(id, payload, seconds) {
      // INVARIANT: nothing that opens a door is in the payload; it comes back from whoever asks with it.
      const { jti: _, userCode, deviceCode, consumed: __, ...rest } = payload
      const saved = await saveState(ctx.db, {
        model,
        id: idOf(id),
        payload: typeof deviceCode === 'string' ? { ...rest, deviceCode: MARK + idOf(deviceCode) } : rest,
        accountId: accountOf(payload),
        grantId: text(payload.grantId),
        uid: model === 'Session' ? text(payload.uid) : null,
        userCode: typeof userCode === 'string' ? hashOf(userCode) : null,
        endsAt: ctx.now() + seconds * SECOND + MEMORY_MS,
      })
      return saved ? ok(true) : refuse(fault('AlreadyUsed'))
    },
    find: async (id) => shown(await findState(ctx.db, model, idOf(id), ctx.now()), { jti: id }),
    findByUid: async (uid) => shown(await findStateByUid(ctx.db, model, uid, ctx.now()), {}),
    findByUserCode: async (code) => shown(await findStateByUserCode(ctx.db, model, hashOf(code), ctx.now()), { userCode: code }),
    use: async (id) => ((await useState(ctx.db, model, idOf(id), ctx.now())) ? ok(true) : refuse(fault('AlreadyUsed'))),
    drop: (id) => dropState(ctx.db, model, idOf(id)),
    dropOfGrant: (grantId) => dropStateOfGrant(ctx.db, model, grantId),
  }
}

/** Removes what has ended, a bounded number at a time. */
export const sweepAuthority = (ctx: Ctx): Promise<number> => sweepState(ctx.db, ctx.now(), SWEEP_ROWS)
