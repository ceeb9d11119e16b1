import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseArmPath } from './path.ts'
import { parseScope } from './scope.ts'

const S = '/subscriptions/8E1C0F72-6a3b-4d5e-9f10-2b3c4d5e6f70'
const s = S.toLowerCase()
const P = '/providers/Microsoft.Authorization'

describe('a scope is canonicalised', () => {
  test.each([
    ['', '', 'root'],
    ['/', '', 'root'],
    [S, s, 'subscription'],
    [`/${S}/`, s, 'subscription'],
    [S.slice(1), s, 'subscription'],
    [`/providers/Microsoft.Subscription${S}`, s, 'subscription'],
    [`/providers/Microsoft.Subscription${S}/resourceGroups/RG`, `${s}/resourcegroups/rg`, 'resourceGroup'],
    [
      '/providers/Microsoft.Management/managementGroups/Contoso-Root',
      '/providers/microsoft.management/managementgroups/contoso-root',
      'managementGroup',
    ],
    [`${S}//resourcegroups/rg-Payments`, `${s}/resourcegroups/rg-payments`, 'resourceGroup'],
    [
      `${S}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv`,
      `${s}/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv`,
      'resource',
    ],
    [
      `${S}/resourceGroups/rg/providers/Microsoft.Sql/servers/a/databases/b%20c`,
      `${s}/resourcegroups/rg/providers/microsoft.sql/servers/a/databases/b c`,
      'resource',
    ],
    [
      `${S}/providers/Microsoft.Web/sites/a/providers/Microsoft.Insights/x/y`,
      `${s}/providers/microsoft.web/sites/a/providers/microsoft.insights/x/y`,
      'resource',
    ],
  ])('%s', (sent, scope, kind) => {
    expect(parseScope(sent)).toMatchObject({ ok: true, value: { scope, kind } })
  })

  test('while the sent spelling is kept', () => {
    expect(parseScope(`/${S}/resourceGroups/RG/`)).toMatchObject({ value: { raw: `${S}/resourceGroups/RG` } })
  })

  test.each([
    ['/subscriptions'],
    ['/users/a'],
    [`${S}/resourceGroups`],
    [`${S}/other/rg`],
    [`${S}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults`],
    [`${S}/resourceGroups/rg/providers/Microsoft.KeyVault`],
    [`${S}/resourceGroups/rg/extra`],
    ['/providers/Microsoft.Management/managementGroups'],
    ['/subscriptions/a<b'],
    [`${S}/resourceGroups/rg%20`],
    [`${S}/../x`],
    [`${S}/resourceGroups/a%2fb`],
  ])('and refused when it is none: %s', (sent) => {
    expect(parseScope(sent)).toMatchObject({ ok: false, fault: { code: 'InvalidPath' } })
  })
})

describe('a path is split at the last Microsoft.Authorization', () => {
  const nothing = { name: null, subtype: null, subname: null, leaftype: null, leafname: null, action: null }
  test.each([
    [`${P}/roleDefinitions`, { scope: '', type: 'roledefinitions', ...nothing }],
    [
      `${S}${P}/roleAssignmentScheduleRequests/Abc/Validate`,
      { scope: s, type: 'roleassignmentschedulerequests', name: 'Abc', subtype: null, action: 'validate' },
    ],
    [
      `/${S}/providers/microsoft.authorization/RoleAssignments/`,
      { scope: s, rawType: 'RoleAssignments', type: 'roleassignments', ...nothing },
    ],
    [`${P}/roleManagementAlerts/refresh`, { type: 'rolemanagementalerts', ...nothing, action: 'refresh' }],
    [
      `${S}${P}/roleManagementAlerts/a/alertIncidents/i/remediate`,
      { name: 'a', subtype: 'alertincidents', subname: 'i', action: 'remediate' },
    ],
    [`${S}${P}/roleAssignmentApprovals/a/stages/b`, { name: 'a', subtype: 'stages', subname: 'b', action: null }],
    [
      `${P}/accessReviewScheduleDefinitions/a/instances/b/decisions/c`,
      { name: 'a', subtype: 'instances', subname: 'b', leaftype: 'decisions', leafname: 'c' },
    ],
    [`${P}/elevateAccess`, { type: 'elevateaccess', ...nothing }],
    [
      `${S}${P}/roleDefinitions/r${P}/roleAssignments/n`,
      { scope: `${s}/providers/microsoft.authorization/roledefinitions/r`, kind: 'resource', type: 'roleassignments', name: 'n' },
    ],
  ])('%s', (path, parts) => {
    expect(parseArmPath(path)).toMatchObject({ ok: true, value: parts })
  })

  test('a path elsewhere is not ours to judge', () => {
    expect(parseArmPath('/subscriptions')).toEqual({ ok: true, value: null })
  })

  test.each([
    [P, 'a resource type is missing'],
    [`/nowhere${P}/roleAssignments`, 'is not a scope'],
    [`${P}/a/b/c/d/e/f/g`, 'nested too deep'],
    [`${P}/roleAssignments/a%2Fb`, 'holds a slash'],
    [`${P}/roleAssignments/..`, 'relative step'],
    [`${P}/roleAssignments/a%00`, 'control character'],
  ])('it is refused: %s', (path, words) => {
    const result = parseArmPath(path)
    expect(result.ok ? null : result.fault.code).toBe('InvalidPath')
    expect(result.ok ? '' : result.fault.words).toContain(words)
  })
})

test('no path makes the parser throw, and a canonical scope is its own canonical form', () => {
  const piece = fc.constantFrom(
    '/',
    'subscriptions',
    'resourceGroups',
    'providers',
    'Microsoft.Authorization',
    'Microsoft.Subscription',
    'A',
    '%20',
    '..',
    '%2f',
    'cancel',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (parts) => {
      const result = parseArmPath(parts.join('/'))
      if (result.ok && result.value)
        expect(parseScope(result.value.scope)).toMatchObject({ value: { scope: result.value.scope, kind: result.value.kind } })
    }),
    { numRuns: 2000 },
  )
})
