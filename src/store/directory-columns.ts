// What directory objects can be filtered, searched and ordered by, in Graph's property names. `p` is the object.

import type { Column, Columns } from './filter-sql.ts'

const kept = (name: string): Column => ({ sql: `p.attributes ->> '${name}'`, type: 'ci' })
const flag = (name: string, otherwise: boolean): Column => ({
  sql: `coalesce((p.attributes ->> '${name}')::boolean, ${otherwise})`,
  type: 'bool',
})
const list = (name: string) =>
  `select jsonb_array_elements_text(case when jsonb_typeof(p.attributes -> '${name}') = 'array' then p.attributes -> '${name}' else '[]' end)`

const fits = (names: string) => (test: string) => `exists (select 1 from (${names}) v (name) where ${test})`

export const OBJECT_COLUMNS: Columns = {
  id: { sql: 'p.id', type: 'uuid' },
  displayname: { sql: 'p.display_name', type: 'ci' },
  description: kept('description'),
  mail: { sql: 'p.mail', type: 'ci' },
  mailnickname: kept('mailNickname'),
  // Every name a person answers to; a person without any of them is no match.
  // Names are kept in lower case: compared as they are, and looked up first, so that their index serves.
  userprincipalname: {
    sql: 'n.name',
    type: 'text',
    read: (value) => value.toLowerCase(),
    some: (test) => `p.id = any(array(select n.principal_id from principal_names n where ${test}))`,
  },
  givenname: kept('givenName'),
  surname: kept('surname'),
  jobtitle: kept('jobTitle'),
  department: kept('department'),
  usertype: { sql: `coalesce(p.attributes ->> 'userType', 'Member')`, type: 'ci' },
  accountenabled: { sql: 'p.enabled', type: 'bool' },
  createddatetime: { sql: 'p.created_at', type: 'time' },
  appid: { sql: 'p.app_id', type: 'uuid' },
  serviceprincipalnames: {
    sql: 'v.name',
    type: 'ci',
    some: fits(`select p.app_id::text union all ${list('servicePrincipalNames')}`),
  },
  identifieruris: { sql: 'v.name', type: 'ci', some: fits(list('identifierUris')) },
  isassignabletorole: { sql: 'p.assignable_to_role', type: 'bool' },
  securityenabled: flag('securityEnabled', true),
  mailenabled: flag('mailEnabled', false),
  grouptypes: {
    sql: 'v.name',
    type: 'ci',
    some: fits(`select 'DynamicMembership' where p.membership = 'dynamic' union all ${list('groupTypes')}`),
  },
  onpremisessyncenabled: { sql: `case when p.membership = 'synchronised' then true end`, type: 'bool' },
  visibility: kept('visibility'),
  roletemplateid: { sql: `case when p.kind = 'directoryRole' then p.id end`, type: 'uuid' },
}

/** By which properties texts are found, token by token; those of the first line when none is named. */
export const SEARCHED = ['displayname', 'mail', 'userprincipalname', 'description'] as const
export const SEARCHABLE: ReadonlySet<string> = new Set([...SEARCHED, 'mailnickname', 'givenname', 'surname', 'jobtitle'])

/** Sort keys; never null, so that a page can go on from one. */
export const ORDERS = {
  id: 'p.id::text',
  displayname: 'lower(p.display_name)',
  mail: `lower(coalesce(p.mail, ''))`,
  userprincipalname: `lower(coalesce(p.upn, ''))`,
  createddatetime: `coalesce(to_char(p.created_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS'), '')`,
} as const

export type OrderKey = keyof typeof ORDERS
