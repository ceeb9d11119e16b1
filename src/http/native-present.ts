// Fault → RFC 9457 problem document: the native door's dialect of a refusal (D29).

import type { Context } from 'hono'
import { type Fault, faultRow } from '../domain/faults.ts'
import { requestIdOf } from './authenticate.ts'

/** The body of a refusal. */
export const problemOf = (fault: Fault, requestId: string) => ({
  type: `urn:stint:fault:${fault.code}`,
  title: fault.code.replace(/(?<=[a-z])(?=[A-Z])/g, ' '),
  status: faultRow(fault.code).status,
  detail: fault.words,
  code: fault.code,
  findings: fault.findings,
  requestId,
})

/** Answers with a refusal. */
export function presentFault(c: Context, fault: Fault): Response {
  const problem = problemOf(fault, requestIdOf(c))
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...challenge },
  })
}
