// An expected refusal is a value, never an exception: every operation answers ok or fault.

import type { Fault } from './faults.ts'

export type Ok<T> = { readonly ok: true; readonly value: T }
export type Refused = { readonly ok: false; readonly fault: Fault }
export type Result<T> = Ok<T> | Refused

/** Wraps a value as a success. */
export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

/** Wraps a fault as a refusal. */
export const refuse = (fault: Fault): Refused => ({ ok: false, fault })
