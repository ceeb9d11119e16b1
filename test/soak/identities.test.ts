// Ten thousand people, a thousand groups, twenty thousand memberships: pushed by SCIM and read from OpenLDAP.

import { expect, it } from 'vitest'
import { identities, MANY } from '../../bench/identities.ts'

it('arrive by SCIM and by LDAP', async () => {
  const rows = await identities(MANY)
  console.table(rows)
  expect(rows).toHaveLength(6)
})
