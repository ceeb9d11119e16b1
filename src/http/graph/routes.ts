// All of Graph's paths that are served, in one table. The order matters only where a key could be taken for a name: the more special
// row comes first.

import { approvalRoutes } from './approvals.ts'
import { PIM_AREAS } from './areas.ts'
import { batch } from './batch.ts'
import { catalogueRoutes } from './catalogue.ts'
import { FAMILIES } from './families.ts'
import { metadata } from './metadata.ts'
import { objectRoutes } from './object-routes.ts'
import { writingRoutes } from './object-writes.ts'
import { policyRoutes } from './policies.ts'
import { roleAssignmentRoutes } from './role-assignments.ts'
import { roleDefinitionRoutes } from './role-definitions.ts'
import { type Route, route } from './router.ts'
import { scheduleRoutes } from './schedules.ts'
import { type Request, server } from './serve.ts'
import { signInRoutes } from './sign-in-routes.ts'

const KINDS = ['requests', 'schedules', 'instances'] as const
const LEVELS = ['Eligibility', 'Assignment'] as const

/** The six collections of both families, and their approvals. */
const familyRoutes: readonly Route[] = FAMILIES.flatMap((family) => {
  const areas = PIM_AREAS[family.plane === 'group' ? 'group' : 'directory']
  const collections = KINDS.flatMap((kind) => LEVELS.flatMap((level) => scheduleRoutes({ family, kind, level }, areas[level])))
  return [...collections, ...approvalRoutes(family, areas.Assignment)]
})

const single: readonly Route[] = [
  ...familyRoutes,
  ...policyRoutes,
  ...roleDefinitionRoutes,
  ...roleAssignmentRoutes,
  ...catalogueRoutes,
  ...objectRoutes.filter((row) => row.pattern.at(-1) === 'getbyids'),
  ...signInRoutes,
  ...writingRoutes,
  ...objectRoutes,
  route('$metadata', null, { GET: metadata }),
]

const serveSingle = server(single)

/** Answers one Graph request; a batch by answering each of its own. */
export const serveGraph: (request: Request) => Promise<Response> = server([route('$batch', null, { POST: batch(serveSingle) }), ...single])
