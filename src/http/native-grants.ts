// Grants and targets as the native API shows them.

import type { Output } from '../contract/routes.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { ListedGrant, ListedTarget } from '../operations/list-grants.ts'

const at = (instant: Instant | null): string | null => (instant === null ? null : formatInstant(instant))

export const grantView = (g: ListedGrant): Output<'grants'>['items'][number] => ({
  id: g.id,
  target: g.target,
  kind: g.kind,
  entitlement: g.entitlement,
  account: g.account,
  principal: { id: g.principalId, displayName: g.principal },
  state: g.state,
  observed: g.observed,
  observedAt: at(g.observedAt),
  until: at(g.notAfter),
  reason: g.reason,
  requestId: g.requestId,
})

export const targetView = (t: ListedTarget): Output<'targets'>['items'][number] => ({
  id: t.id,
  name: t.name,
  kind: t.kind,
  enabled: t.enabled,
  reachable: t.health?.reachable ?? null,
  checkedAt: at(t.checkedAt),
  grants: t.grants,
  findings: t.findings,
  expiry: t.expiry,
})
