// The table of jobs that drive targets.

import type { Ctx } from '../operations/context.ts'
import { nextLook } from '../operations/drift.ts'
import type { Job } from './loop.ts'
import type { Provisioner } from './provision.ts'

/** What a server's loop runs for its targets; `wake` of the provisioner should ring the same loop. */
export const targetJobs = (ctx: Ctx, p: Provisioner): readonly Job[] => [
  { name: 'provision', run: p.once, nextDueAt: p.nextDueAt },
  { name: 'drift', run: p.look, nextDueAt: () => nextLook(ctx), restMs: 1_000 },
]
