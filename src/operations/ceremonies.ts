// What a browser is in the middle of: kept for five minutes under what it is bound to, taken once. The binding is a secret of the
// browser, so nobody else can go on with it.

import { MINUTE } from '../domain/time.ts'
import { type CeremonyPayload, selectCeremony, takeCeremony, writeCeremony } from '../store/ceremonies.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'

const LIFE = 5 * MINUTE

/** What is under way: a passkey's assertion or registration, a password that was right, a password that is to be set. */
export type CeremonyKind = 'assertion' | 'registration' | 'second' | 'new'

const keyOf = (kind: CeremonyKind, bound: string): string => hashOf(`${kind}\n${bound}`)

/** Begins one; an older one of the same browser is over. */
export const beginCeremony = (ctx: Ctx, kind: CeremonyKind, bound: string, payload: CeremonyPayload, life = LIFE): Promise<void> =>
  writeCeremony(ctx.db, keyOf(kind, bound), payload, ctx.now() + life)

export const lookAtCeremony = (ctx: Ctx, kind: CeremonyKind, bound: string): Promise<CeremonyPayload | null> =>
  selectCeremony(ctx.db, keyOf(kind, bound), ctx.now())

/** Ends one; null for whoever comes second, or too late. */
export const endCeremony = (ctx: Ctx, tx: Sql, kind: CeremonyKind, bound: string): Promise<CeremonyPayload | null> =>
  takeCeremony(tx, keyOf(kind, bound), ctx.now())
