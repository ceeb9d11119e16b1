// A sealer for worlds without a server: the real one, with a key of this process.

import { randomBytes } from 'node:crypto'
import { sealerOf } from '../../src/sealing.ts'

export const SEALER = sealerOf(randomBytes(32))
