// Resources of a subscription or a resource group, and one by its own id (contract reference, 15.2).

import type { Routes } from '../handler.ts'
import { getPlace, listBelow, placeExists } from './places.ts'
import { resourceOf } from './present.ts'

export const resourceRoutes: Routes = {
  '': { GET: listBelow('resource', resourceOf) },
  '{}': { GET: getPlace(resourceOf), HEAD: placeExists },
}
