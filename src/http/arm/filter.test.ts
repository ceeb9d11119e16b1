import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseArmFilter } from './filter.ts'
import { parseArmOptions } from './options.ts'
import { apiVersion } from './versions.ts'

const ID = '11111111-1111-1111-1111-111111111111'
const call = (name: string, ...args: string[]) => ({ t: 'call', name, args })
const principal = { t: 'compare', op: 'eq', path: ['principalId'], value: ID }

describe('a filter is understood', () => {
  test.each([
    ['atScope()', call('atScope')],
    ['ATSCOPE( )', call('atScope')],
    ['asTarget()', call('asTarget')],
    ['asRequestor()', call('asRequestor')],
    ['asApprover()', call('asApprover')],
    ['asCreatedBy()', call('asCreatedBy')],
    ['atScopeAndBelow()', call('atScopeAndBelow')],
    ['assignedToMeToReview()', call('assignedToMeToReview')],
    [`assignedTo('${ID}')`, call('assignedTo', ID)],
    [`assignedto(${ID})`, call('assignedTo', ID)],
    [`assignedTo('{${ID}}')`, call('assignedTo', ID)],
    [`assignedTo({${ID}})`, call('assignedTo', ID)],
    [`principalId eq '${ID}'`, principal],
    [`principalId eq ${ID}`, principal],
    [`principalId eq {${ID}}`, principal],
    [`(principalId eq '{${ID}}')`, principal],
    [`(principalId eq '${ID}') and atScope()`, { t: 'and', of: [principal, call('atScope')] }],
    [`atScope() and assignedTo('${ID}')`, { t: 'and', of: [call('atScope'), call('assignedTo', ID)] }],
    ["resourceType eq 'Subscription' or resourceType eq 'resourcegroup'", { t: 'or' }],
    ["substringof('x',name)", { t: 'text', op: 'contains', path: ['name'], value: 'x' }],
    [`not (principalId in ('{${ID}}'))`, { t: 'not', of: { t: 'in', values: [ID] } }],
  ])('%s', (text, filter) => {
    expect(parseArmFilter(text)).toMatchObject({ ok: true, value: filter })
  })

  test.each([
    ['assignedTo()', 'at character 12: expected a property, found `)`'],
    ['asTarget', 'at character 9: expected a comparison'],
    ["asTarget('x')", 'at character 10: expected `)`, found `x`'],
    ['asNobody()', 'at character 1: expected one of the functions'],
  ])('or refused: %s', (text, words) => {
    const result = parseArmFilter(text)
    expect(result.ok ? '' : result.fault.words).toContain(words)
  })

  test('and none makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => typeof parseArmFilter(text).ok === 'boolean'))
  })
})

describe('an api-version', () => {
  const version = (type: string, search: string) => {
    const options = parseArmOptions(search)
    return options.ok ? apiVersion(type, options.value.sent) : options
  }
  test.each([
    ['roleassignmentschedulerequests', '?api-version=2020-10-01', '2020-10-01'],
    ['roleassignments', '?API-Version=2022-04-01&$filter=atScope()', '2022-04-01'],
    ['roledefinitions', '?api-version=2022-05-01-PREVIEW', '2022-05-01-preview'],
    ['roleassignmentapprovals', '?api-version=2021-01-01-preview', '2021-01-01-preview'],
    ['subscriptions', '?api-version=2019-11-01', '2019-11-01'],
  ])('is accepted for %s: %s', (type, search, value) => {
    expect(version(type, search)).toEqual({ ok: true, value })
  })
  test('is required', () => {
    expect(version('roleassignments', '?$filter=atScope()')).toMatchObject({ fault: { code: 'MissingApiVersionParameter' } })
  })
  test('that is unknown is refused with those that are known', () => {
    const result = version('roleassignmentapprovals', '?api-version=2020-10-01')
    expect(result).toMatchObject({
      fault: { code: 'InvalidApiVersionParameter', data: { value: '2020-10-01', known: '2021-01-01-preview' } },
    })
  })
})

describe('the other options', () => {
  test('are read in any case', () => {
    const options = parseArmOptions('?api-version=1&$Top=5&$skipToken=x&$expand=children&$recurse=TRUE&tenantId=t')
    expect(options).toMatchObject({ ok: true, value: { filter: null, expand: 'children', top: 5, skipToken: 'x', recurse: true } })
  })
  test('are refused when they make no sense', () => {
    expect(parseArmOptions('?$top=many')).toMatchObject({ fault: { code: 'InvalidQuery' } })
  })
})
