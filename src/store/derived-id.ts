// Ids by construction: the same things always give the same id, so that work named by them can never collide by a clock, nor be
// done twice under two names (L7).

import { createHash } from 'node:crypto'

/** A UUID of version 8 out of what it stands for. */
export function derivedId(...of: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(JSON.stringify(of)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
