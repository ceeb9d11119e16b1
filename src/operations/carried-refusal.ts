// A refusal on its way out of a transaction.

import type { Fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

/** Carries a refusal out of the transaction, which is rolled back by it. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.words)
    this.fault = fault
  }
}

/** Runs what may throw a refusal, and answers with it. */
export async function carrying<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.fault)
    throw error
  }
}
