import { describe, expect, test } from 'vitest'
import { parseRoleId, roleIdAt } from './role-id.ts'

const ROLE = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
const TAIL = `/providers/Microsoft.Authorization/roleDefinitions/${ROLE.toUpperCase()}`

describe('a role id', () => {
  test.each([
    [ROLE],
    [` ${ROLE.toUpperCase()} `],
    [TAIL],
    [TAIL.slice(1)],
    [`/subscriptions/s${TAIL}`],
    [`subscriptions/s//${TAIL}/`],
    [`/subscriptions/s/resourceGroups/rg${TAIL}`],
    [`/providers/Microsoft.Subscription/subscriptions/s${TAIL}`],
    [`/providers/Microsoft.Management/managementGroups/mg${TAIL}`],
    [`/SUBSCRIPTIONS/s/providers/microsoft.authorization/roledefinitions/${ROLE}`],
  ])('is the bare GUID of %s', (text) => {
    expect(parseRoleId(text)).toEqual({ ok: true, value: ROLE })
  })

  test.each([
    [''],
    ['Contributor'],
    [`/nowhere${TAIL}`],
    [`${TAIL}/x`],
    [`/subscriptions/..${TAIL}`],
    [`/x/${ROLE}`],
    [`${'/'.repeat(3000)}${TAIL}`],
  ])('is refused: %s', (text) => {
    expect(parseRoleId(text)).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
  })

  test.each([
    ['/subscriptions/s/resourcegroups/rg', `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`],
    ['', `/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`],
    ['/providers/microsoft.management/managementgroups/mg', `/providers/Microsoft.Authorization/roleDefinitions/${ROLE}`],
  ])('is shown at %s as %s', (scope, id) => {
    expect(roleIdAt(scope, ROLE)).toBe(id)
  })
})
