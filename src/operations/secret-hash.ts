// The hash under which something that opens a door lies in the store. For values with chance enough of their own, or bounded tries.

import { createHash } from 'node:crypto'

/** SHA-256, hexadecimal. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
