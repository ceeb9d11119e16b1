import { describe, expect, test } from 'vitest'
import { builtInRoleId, DIRECTORY_ROLES, RESOURCE_ROLES } from './role-catalogue.ts'

const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'

describe('the catalogue of built-in roles', () => {
  test('has every role once, under a GUID in lower case', () => {
    for (const roles of [DIRECTORY_ROLES, RESOURCE_ROLES]) {
      expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length)
      expect(new Set(roles.map(({ name }) => name.toLowerCase())).size).toBe(roles.length)
      for (const { id } of roles) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    }
    expect([DIRECTORY_ROLES.length, RESOURCE_ROLES.length]).toEqual([137, 135])
  })
  test('finds a role by name or id in any case', () => {
    expect(builtInRoleId('resource', 'OWNER')).toBe(OWNER)
    expect(builtInRoleId('resource', OWNER.toUpperCase())).toBe(OWNER)
    expect(builtInRoleId('directory', 'Owner')).toBe(null)
  })
  test('knows which roles are privileged', () => {
    const names = DIRECTORY_ROLES.filter(({ privileged }) => privileged).map(({ name }) => name)
    expect(names).toContain('Global Administrator')
    expect(names).not.toContain('Reports Reader')
  })
})
