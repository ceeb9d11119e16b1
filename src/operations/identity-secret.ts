// Chance for tokens of sources, as for secrets of applications.

import { randomBytes } from 'node:crypto'

/** 256 random bits, in letters that fit a header. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')
