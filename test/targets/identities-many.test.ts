// A few hundred of what `npm run soak` and `npm run bench identities` push and read by the ten thousand, through a server of its own
// process: the counts must be right, the figures are printed.

import { expect, it } from 'vitest'
import { identities } from '../../bench/identities.ts'

it('arrive by SCIM and by LDAP', async () => {
  const rows = await identities({ users: 300, groups: 30, memberships: 600 })
  console.table(rows)
  expect(rows).toHaveLength(6)
})
