// The three planes, by id. Everything else takes a privilege and asks `planeOf`.

import type { PlaneId, Privilege } from '../privilege.ts'
import { directory } from './directory.ts'
import { group } from './group.ts'
import type { Plane } from './plane.ts'
import { ELEVATED_ACCESS, resource } from './resource.ts'

const PLANES: Readonly<Record<PlaneId, Plane>> = { directory, resource, group }

export const planeOf = (of: { readonly plane: PlaneId }): Plane => PLANES[of.plane]

/** What elevated access gives. */
export const ELEVATED: Privilege = ELEVATED_ACCESS
