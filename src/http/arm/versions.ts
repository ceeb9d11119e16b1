// Which api-versions each ARM type answers to (contract reference, sections 11 and 15.2; clients, section 7). All
// versions of a type share one wire form here; the table says which a client may name.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type QueryPair, queryValue } from '../query.ts'

const PIM = ['2020-10-01', '2020-10-01-preview', '2022-04-01', '2022-04-01-preview', '2022-08-01-preview', '2024-09-01-preview']
const RBAC = ['2015-07-01', '2018-01-01-preview', '2018-09-01-preview', '2020-04-01-preview', '2022-04-01', '2022-05-01-preview']
const REVIEWS = ['2018-05-01-preview', '2021-03-01-preview', '2021-07-01-preview', '2021-11-16-preview', '2021-12-01-preview']
const APPROVALS = ['2021-01-01-preview']
const ALERTS = ['2022-08-01-preview']
const TREE = [
  '2015-11-01',
  '2016-06-01',
  '2018-05-01',
  '2018-06-01',
  '2019-06-01',
  '2019-10-01',
  '2019-11-01',
  '2020-01-01',
  '2020-06-01',
  '2020-10-01',
  '2021-01-01',
  '2021-04-01',
  '2022-09-01',
  '2022-12-01',
  '2023-07-01',
  '2024-03-01',
  '2024-11-01',
]
const GROUPS = ['2018-03-01-preview', '2019-11-01', '2020-02-01', '2020-05-01', '2021-04-01', '2023-04-01']

// biome-ignore format: one line per type, columns aligned
const API_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  accessreviewhistorydefinitions:   REVIEWS,
  accessreviewscheduledefinitions:  REVIEWS,
  accessreviewschedulesettings:     REVIEWS,
  classicadministrators:            ['2015-06-01', '2015-07-01'],
  denyassignments:                  ['2018-07-01-preview', '2022-04-01'],
  elevateaccess:                    ['2015-07-01', '2016-07-01', '2017-05-01'],
  eligiblechildresources:           PIM,
  operations:                       [...APPROVALS, ...RBAC],
  permissions:                      [...RBAC, '2018-07-01'],
  provideroperations:               [...RBAC, '2017-05-01'],
  roleassignmentapprovals:          APPROVALS,
  roleassignments:                  [...RBAC, '2020-10-01-preview'],
  roleassignmentscheduleinstances:  PIM,
  roleassignmentschedulerequests:   PIM,
  roleassignmentschedules:          PIM,
  roledefinitions:                  RBAC,
  roleeligibilityscheduleinstances: PIM,
  roleeligibilityschedulerequests:  PIM,
  roleeligibilityschedules:         PIM,
  rolemanagementalertconfigurations: ALERTS,
  rolemanagementalertdefinitions:   ALERTS,
  rolemanagementalertoperations:    ALERTS,
  rolemanagementalerts:             ALERTS,
  rolemanagementpolicies:           PIM,
  rolemanagementpolicyassignments:  PIM,
  // the resource tree
  getentities:                      GROUPS,
  locations:                        TREE,
  managementgroups:                 GROUPS,
  metadata:                         ['1.0', '2015-01-01', '2019-05-01', '2020-06-01', '2022-09-01'],
  operationresults:                 TREE,
  providers:                        TREE,
  resourcegroups:                   TREE,
  resources:                        TREE,
  subscriptions:                    TREE,
  tenants:                          TREE,
}

/** The versions a type answers to, newest last; none for a type that we do not serve. */
export const versionsOf = (type: string): readonly string[] =>
  Object.hasOwn(API_VERSIONS, type) ? [...(API_VERSIONS[type] ?? [])].sort() : []

/** The api-version of a request for a type (lower case), in lower case. A type that we do not serve accepts any. */
export function apiVersion(type: string, query: readonly QueryPair[]): Result<string> {
  const value = queryValue(query, 'api-version')?.toLowerCase()
  if (!value) return refuse(fault('MissingApiVersionParameter'))
  const known = Object.hasOwn(API_VERSIONS, type) ? API_VERSIONS[type]! : null
  if (known && !known.includes(value))
    return refuse(fault('InvalidApiVersionParameter', { value: value.slice(0, 40), known: known.join(', ') }))
  return ok(value)
}
