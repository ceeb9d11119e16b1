// A refusal on its way out of a transaction.

import type { Fault } from '../domain/faults.ts'

/** Carries a refusal out of the transaction, which is rolled back by it. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.words)
    this.fault = fault
  }
}
