import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTenantFile } from './tenant-file.ts'

const contoso = readFileSync(new URL('../../examples/contoso.yaml', import.meta.url), 'utf8')
const loaded = (text: string) => {
  const result = parseTenantFile(text)
  if (!result.ok) throw new Error(result.fault.words)
  return result.value
}
const refusal = (text: string) => {
  const result = parseTenantFile(text)
  expect(result.ok ? null : result.fault.code).toBe('InvalidTenantFile')
  return result.ok ? '' : result.fault.words
}

const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
const PRODUCTION = '/subscriptions/00000000-0000-0000-0000-000000000000'

describe('the sample tenant', () => {
  const file = loaded(contoso)
  const person = (name: string) => file.people.find(({ upn }) => upn === `${name}@contoso.com`)!
  const group = (name: string) => file.groups.find((one) => one.name === name)!

  test('has its tenant, people, groups and resources', () => {
    expect(file.tenant).toEqual({
      id: '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10',
      name: 'Contoso',
      domains: ['contoso.com', 'contoso.onmicrosoft.com'],
    })
    expect([file.people.length, file.groups.length, file.resources.length, file.servicePrincipals.length]).toEqual([11, 5, 10, 1])
    expect(person('engineer').id).toBe('11111111-1111-1111-1111-111111111111')
    expect(group('pag-payments-operators')).toMatchObject({
      id: '22222222-2222-2222-2222-222222222222',
      roleAssignable: true,
      managed: false,
      members: [],
    })
  })
  test('gives everybody a manager', () => {
    const ids = new Set(file.people.map(({ id }) => id))
    for (const { managerId } of file.people) expect(ids).toContain(managerId)
  })
  test('lets every account answer to both domains, and the break-glass ones to their alias', () => {
    expect(person('sam').aliases).toEqual(['sam@contoso.onmicrosoft.com'])
    expect(person('breakglass1').aliases).toEqual(['breakglass1@contoso.onmicrosoft.com', 'breakglass-01@contoso.onmicrosoft.com'])
    expect(file.people.filter(({ emergencyAccess }) => emergencyAccess).map(({ upn }) => upn)).toEqual([
      'breakglass1@contoso.com',
      'breakglass2@contoso.com',
    ])
  })
  test('spells the tree as ARM does', () => {
    const vault = file.resources.find(({ displayName }) => displayName === 'kv-payments')
    expect(vault).toEqual({
      kind: 'resource',
      scope: `${PRODUCTION}/resourcegroups/rg-payments-prod/providers/microsoft.keyvault/vaults/kv-payments`,
      spelling: `${PRODUCTION}/resourceGroups/rg-payments-prod/providers/Microsoft.KeyVault/vaults/kv-payments`,
      displayName: 'kv-payments',
      parent: `${PRODUCTION}/resourcegroups/rg-payments-prod`,
      type: 'Microsoft.KeyVault/vaults',
    })
  })
  test('holds the standing rights to clean up, found outside', () => {
    const outside = file.assignments.filter(({ source }) => source === 'outside')
    expect(outside.map(({ principal, privilege }) => [principal.kind, privilege.role === OWNER])).toEqual([
      ['user', true],
      ['user', true],
      ['servicePrincipal', false],
      ['group', true],
    ])
    expect(outside.every(({ level, end }) => level === 'active' && end === null)).toBe(true)
  })
  test('preloads no eligibility for the payments team', () => {
    const team = [person('engineer').id, person('sam').id]
    expect(file.assignments.filter(({ principal }) => team.includes(principal.id))).toEqual([])
    expect(file.assignments.filter(({ level }) => level === 'eligible').map(({ principal }) => principal.id)).toEqual([
      person('itmanager').id,
    ])
  })
  test('lets the contractor go after three months', () => {
    expect(file.assignments.find(({ principal }) => principal.id === person('contractor').id)).toMatchObject({
      end: 'P3M',
      level: 'active',
    })
  })
  test('states the settings', () => {
    const owner = file.settings.find(({ privilege }) => privilege.role === OWNER)
    expect(owner).toEqual({
      privilege: { plane: 'resource', scope: PRODUCTION, role: OWNER },
      activation: {
        maximumDuration: 'PT2H',
        require: ['justification', 'ticketing'],
        authenticationContext: 'c1',
        approvers: [{ kind: 'group', id: group('Cloud Platform Approvers').id }],
      },
      eligibility: { maximum: 'P180D', permanent: false },
      active: { maximum: null, permanent: false, require: null },
      notifications: null,
    })
    expect(
      file.settings.map(({ privilege, activation }) => [privilege.plane, activation?.maximumDuration, activation?.require?.join()]),
    ).toEqual([
      ['directory', 'PT4H', 'mfa,justification,ticketing'],
      ['directory', 'PT8H', 'mfa,justification'],
      ['resource', 'PT2H', 'justification,ticketing'],
      ['resource', null, 'justification'],
      ['group', 'PT2H', 'justification'],
    ])
  })
  test('binds a database role to the membership of a group', () => {
    expect(file.targets).toMatchObject([
      {
        name: 'payments',
        connector: 'postgres',
        config: { password: { env: 'STINT_PAYMENTS_PASSWORD' } },
        entitlements: [
          { name: 'payments_operator', privilege: { plane: 'group', scope: '22222222-2222-2222-2222-222222222222', role: 'member' } },
        ],
        accounts: [{ personId: person('engineer').id, account: 'engineer' }, { account: 'sam' }],
      },
    ])
  })
})

describe('a tenant file is refused with the field and what was expected', () => {
  const swap = (from: string, to: string) => {
    expect(contoso).toContain(from)
    return contoso.replace(from, to)
  }
  test.each([
    ['another version', 'version: stint/v0', 'version: stint/v9', '`version`: expected one of stint/v0, found `stint/v9`'],
    ['an unknown key', '  name: Contoso\n', '  name: Contoso\n  nmae: x\n', '`tenant.nmae`: expected one of the keys id, name, domains'],
    ['a key left out', '    displayName: Alex Admin\n', '', '`people[0].displayName`: expected a value, for it is required'],
    ['an id that is none', '902ee947-a37f-42fc-84f5-0a47f9398da9', '902ee947', '`people[0].id`: expected a GUID, found `902ee947`'],
    ['an address that is none', 'upn: priya@contoso.com', 'upn: priya', '`people[1].upn`: expected an address'],
    [
      'a person given twice',
      'upn: priya@contoso.com',
      'upn: admin@contoso.com',
      '`people[1]`: expected a name of its own, for `admin@contoso.com` is taken',
    ],
    [
      'an id given twice',
      '506bb6e9-f713-4a3c-ac64-617722bf95fc',
      '902ee947-a37f-42fc-84f5-0a47f9398da9',
      '`people[1].id`: expected an id of its own',
    ],
    [
      'an unknown manager',
      'manager: platform.manager@contoso.com',
      'manager: nobody@contoso.com',
      '`people[0].manager`: expected a user of this file, found `nobody@contoso.com`',
    ],
    [
      'oneself as manager',
      'manager: platform.manager@contoso.com',
      'manager: admin@contoso.com',
      '`people[0].manager`: expected somebody else',
    ],
    [
      'an unknown member',
      'members: [lead@',
      'members: [dale@',
      '`groups[0].members[0]`: expected a user, group, servicePrincipal of this file',
    ],
    [
      'an unknown role',
      'role: Privileged Role Administrator',
      'role: Privileged Roll Administrator',
      '`assignments[1].role`: expected the name of a directory role, found `Privileged Roll Administrator`',
    ],
    [
      'a role of another plane',
      'role: Privileged Role Administrator',
      'role: Contributor',
      '`assignments[1].role`: expected the name of a directory role',
    ],
    [
      'an unknown scope',
      'scope: rg-ledger-prod',
      'scope: rg-lodger-prod',
      '`assignments[8].scope`: expected `/` or the name of a resource of this file, found `rg-lodger-prod`',
    ],
    ['an end that is none', 'end: P3M', 'end: soon', '`assignments[3].end`: expected an ISO 8601 duration'],
    [
      'eligibility from outside',
      'level: eligible, end: null',
      'level: eligible, end: null, source: outside',
      '`assignments[4].source`: expected `assigned`',
    ],
    [
      'an eligible service principal',
      'principal: itmanager@contoso.com',
      'principal: contoso-deploy',
      '`assignments[4].principal`: expected a user, group of this file',
    ],
    ['a subscription without an id', ', id: 00000000-0000-0000-0000-000000000000', '', '`resources[2]`: expected an `id`'],
    [
      'a parent that comes later',
      'parent: contoso-root',
      'parent: rg-edge-prod',
      '`resources[1].parent`: expected the name of a resource above it in the list',
    ],
    [
      'a parent of the wrong kind',
      'parent: rg-payments-prod',
      'parent: contoso-root',
      '`resources[5].parent`: expected a parent that a resource can have',
    ],
    ['a resource without a type', ', type: Microsoft.KeyVault/vaults', '', '`resources[5]`: expected a `type` such as'],
    [
      'an unknown authentication context',
      'authenticationContext: c1',
      'authenticationContext: c7',
      '`settings[2].activation.authenticationContext`: expected one of c1, found `c7`',
    ],
    [
      'mfa beside a context',
      'require: [justification, ticketing]',
      'require: [mfa, ticketing]',
      '`settings[2].activation.require`: expected no `mfa`',
    ],
    [
      'an unknown approver',
      'approvers: [Directory Approvers]',
      'approvers: [Nobody]',
      '`settings[0].activation.approval.approvers[0]`: expected a user, group of this file',
    ],
    [
      'a list where a mapping belongs',
      'notifications: { level: all }',
      'notifications: [all]',
      '`settings[0].notifications`: expected a mapping with level, recipients',
    ],
    [
      'a secret in clear where only a reference fits',
      '{ env: STINT_PAYMENTS_PASSWORD }',
      '{ clear: x }',
      '`targets[0].config.password.clear`: expected one of the keys env',
    ],
    [
      'an account of an unknown person',
      'person: sam@contoso.com',
      'person: tom@contoso.com',
      '`targets[0].accounts[1].person`: expected a user of this file',
    ],
  ])('%s', (_, from, to, words) => {
    expect(refusal(swap(from, to))).toContain(words)
  })

  test('broken YAML, with its line', () => {
    expect(refusal('version: [')).toMatch(/line 1/)
  })
  test('a key given twice', () => {
    expect(refusal('version: stint/v0\nversion: stint/v0\n')).toContain('Map keys must be unique at line 2')
  })
  test.each([[''], ['x'], ['[]'], ['null']])('something else than a mapping: `%s`', (text) => {
    expect(refusal(text)).toContain('`the file`: expected a mapping with version, tenant')
  })
  test('aliases that multiply without end', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let i = 1; i < 9; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      )
    expect(refusal(lines.join('\n'))).toContain('plain YAML')
  })
  test('all at once', () => {
    const words = refusal(
      swap('manager: platform.manager@contoso.com', 'manager: x@contoso.com')
        .replace('end: P3M', 'end: 5')
        .replace('level: all', 'level: loud'),
    )
    expect(words.split('; ')).toHaveLength(2)
  })
  test('and nothing makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => !parseTenantFile(text).ok))
    fc.assert(
      fc.property(fc.nat(contoso.length - 1), fc.nat(60), fc.string({ maxLength: 5 }), (at, length, put) => {
        parseTenantFile(contoso.slice(0, at) + put + contoso.slice(at + length))
      }),
      { numRuns: 50 },
    )
  }, 20_000)
})
