// `elevateAccess`: a Global Administrator takes access to all resources, for a while (contract reference, 15.1; D7).

import { elevateAccess } from '../../operations/outside.ts'
import { answered, type Handler, type Routes } from './handler.ts'

const elevate: Handler = async ({ deps, call }) => {
  const done = await elevateAccess(deps.ctx, call)
  return done.ok ? answered(null) : done
}

export const elevateAccessRoutes: Routes = { '': { POST: elevate } }
