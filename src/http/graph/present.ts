// How Graph says things: entities with their context, errors with theirs (contract reference, 2.4–2.6).

import { type Fault, type FaultCode, faultRow } from '../../domain/faults.ts'
import { formatInstant, type Instant } from '../../domain/time.ts'

export const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8'

/** Where the message holds JSON, as PIM's clients expect it (contract reference 2.6). */
const MESSAGES: Partial<Record<FaultCode, (fault: Fault) => string>> = {
  PermissionScopeNotGranted: ({ code, words }) => JSON.stringify({ errorCode: code, message: words, instanceAnnotations: [] }),
}

/** The error body of a fault and its status. */
export function presentFault(fault: Fault, now: Instant, requestId: string, clientRequestId: string) {
  const row = faultRow(fault.code)
  const [code, status] = row.graph ?? [fault.code]
  const at = formatInstant(now)
  return {
    status: status ?? row.status,
    body: {
      error: {
        code,
        message: MESSAGES[fault.code]?.(fault) ?? fault.words,
        // NB. the reference writes this date without a zone
        innerError: { date: at.slice(0, 19), 'request-id': requestId, 'client-request-id': clientRequestId },
      },
    },
  }
}

export type Entity = Readonly<Record<string, unknown>>
