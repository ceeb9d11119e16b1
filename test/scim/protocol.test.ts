// The protocol (RFC 7643, 7644): discovery, filters, pages, versions, attributes chosen, searches, bulk.

import fc from 'fast-check'
import { filter as theirFilter, parse as theirParse } from 'scim2-parse-filter'
import { beforeAll, describe, expect, it } from 'vitest'
import { fits } from '../../src/domain/identity/filter.ts'
import { parseFilter } from '../../src/http/scim/filter.ts'
import { USER_TYPE } from '../../src/http/scim/schema.ts'
import { ENTERPRISE, openScim, type ScimWorld, USER } from './support.ts'

let s: ScimWorld
const ids = new Map<string, string>()

const CAST = [
  {
    userName: 'bjensen@contoso.com',
    displayName: 'Babs Jensen',
    title: 'Tour Guide',
    externalId: 'A1',
    emails: [
      { value: 'b@x.org', type: 'work', primary: true },
      { value: 'babs@home.org', type: 'home' },
    ],
    name: { familyName: 'Jensen', givenName: 'Barbara' },
  },
  {
    userName: 'jsmith@contoso.com',
    displayName: 'J Smith',
    userType: 'Employee',
    emails: [{ value: 'j@contoso.com', type: 'home' }],
    name: { familyName: "O'Malley", givenName: 'Jim' },
  },
  {
    userName: 'kwest',
    displayName: 'K West',
    userType: 'Intern',
    active: false,
    [ENTERPRISE]: { department: 'Sales', employeeNumber: '7' },
  },
  { userName: 'odd_%one@contoso.com', displayName: 'Odd "one" \\ 100%', title: 'percent' },
]

beforeAll(async () => {
  s = await openScim()
  for (const one of CAST) ids.set(one.userName, (await s.user(one.userName, one)).id)
})

const found = async (filter: string, more = '') => {
  const reply = await s.send('GET', `/Users?filter=${encodeURIComponent(filter)}&sortBy=userName${more}`)
  expect(reply).toMatchObject({ status: 200 })
  return (reply.body.Resources as { userName: string }[]).map((r) => r.userName.split('@')[0])
}

describe('discovery', () => {
  it('says what it can', async () => {
    const config = await s.send('GET', '/ServiceProviderConfig')
    expect(config).toMatchObject({
      status: 200,
      body: { patch: { supported: true }, bulk: { supported: true }, etag: { supported: true } },
    })
    expect(config.headers.get('content-type')).toBe('application/scim+json')
    expect((await s.send('GET', '/ResourceTypes')).body).toMatchObject({ totalResults: 2, Resources: [{ id: 'User' }, { id: 'Group' }] })
    expect((await s.send('GET', '/Schemas')).body.Resources.map((r: { id: string }) => r.id)).toContain(ENTERPRISE)
    expect(await s.send('GET', `/Schemas/${USER}`)).toMatchObject({ status: 200, body: { name: 'User' } })
    expect(await s.send('GET', '/Schemas/nothing')).toMatchObject({ status: 404 })
    expect(await s.send('POST', '/Schemas', {})).toMatchObject({ status: 405 })
  })
})

// biome-ignore format: a table
const FILTERS: readonly (readonly [string, readonly string[]])[] = [
  ['userName eq "BJensen@contoso.com"', ['bjensen']],
  ['name.familyName co "O\'Malley"', ['jsmith']],
  ['userName sw "J"', ['jsmith']],
  [`${USER}:userName sw "J"`, ['jsmith']],
  ['title pr', ['bjensen', 'odd_%one']],
  ['not (title pr)', ['jsmith', 'kwest']],
  ['title pr and userType eq "Employee"', []],
  ['title pr or userType eq "Intern"', ['bjensen', 'kwest', 'odd_%one']],
  ['userType eq "Employee" and (emails co "example.com" or emails.value co "contoso.com")', ['jsmith']],
  ['userType ne "Employee" and not (emails co "x.org")', ['kwest', 'odd_%one']],
  ['emails[type eq "work" and value co "@x.org"]', ['bjensen']],
  ['emails[type eq "work" and value co "home"]', []],
  ['emails.type eq "home"', ['bjensen', 'jsmith']],
  ['emails[primary eq true] or active eq false', ['bjensen', 'kwest']],
  ['active eq "False"', ['kwest']],
  ['active eq true and title pr', ['bjensen', 'odd_%one']],
  [`${ENTERPRISE}:department eq "sales"`, ['kwest']],
  [`${ENTERPRISE}:employeeNumber eq "7"`, ['kwest']],
  ['externalId eq "A1"', ['bjensen']],
  ['externalId eq "a1"', []],
  ['externalId pr', ['bjensen']],
  ['displayName eq "odd \\"one\\" \\\\ 100%"', ['odd_%one']],
  ['userName co "_%"', ['odd_%one']],
  ['userName ew "west"', ['kwest']],
  ['userName gt "j" and userName lt "l"', ['jsmith', 'kwest']],
  ['meta.lastModified ge "2031-01-01T00:00:00Z" and userName sw "k"', ['kwest']],
  ['meta.created lt "2031-01-01T00:00:00Z"', []],
  ['userType eq null', ['bjensen', 'odd_%one']],
  ['groups.value eq "nobody"', []],
]

describe('filters', () => {
  it.each(FILTERS)('%s', async (filter, names) => {
    expect(await found(filter)).toEqual(names)
  })

  it('finds by id', async () => {
    expect(await found(`id eq "${ids.get('kwest')}"`)).toEqual(['kwest'])
    expect(await found('id eq "no id"')).toEqual([])
  })

  it.each([
    'userName',
    'userName xx "a"',
    'nothing eq "a"',
    'userName eq',
    '(userName pr',
    'userName pr)',
    'userName eq "a',
    'emails[type eq "a"',
    'title[value eq "a"]',
    'active gt true',
    'active eq "perhaps"',
    'title co 5',
    'userName eq bare',
    'not title pr',
    `${'('.repeat(40)}title pr${')'.repeat(40)}`,
    'meta.created gt "never"',
  ])('refuses %s', async (filter) => {
    const reply = await s.send('GET', `/Users?filter=${encodeURIComponent(filter)}`)
    expect(reply).toMatchObject({ status: 400, body: { scimType: 'invalidFilter', status: '400' } })
  })

  // Our tree over documents is what the SQL must agree with, and another reader of the language looks at both.
  it('agrees with itself and with another reader, whatever is asked', async () => {
    const attribute = fc.constantFrom('userName', 'displayName', 'title', 'userType', 'name.familyName', 'emails.value', 'emails.type')
    const op = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew')
    const value = fc.constantFrom('b', 'Employee', 'home', 'work', '@', 'percent', '_', '%', 'Jensen', 'babs jensen')
    const test = fc.oneof(
      fc.tuple(attribute, op, value).map(([a, o, v]) => `${a} ${o} "${v}"`),
      attribute.map((a) => `${a} pr`),
      fc.tuple(fc.constantFrom('work', 'home'), value).map(([t, v]) => `emails[type eq "${t}" and value co "${v}"]`),
    )
    const filter = fc.letrec<{ f: string }>((tie) => ({
      f: fc.oneof(
        { depthSize: 'small' },
        test,
        fc.tuple(tie('f'), fc.constantFrom('and', 'or'), tie('f')).map(([a, o, b]) => `(${a}) ${o} (${b})`),
        tie('f').map((f) => `not (${f})`),
      ),
    })).f
    const docs = await s.w.db.query<{ doc: { userName: string } }>('select doc from identity_links')
    const runs = Number(process.env.STINT_RUNS ?? 60)
    let compared = 0
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const ours = parseFilter(text, USER_TYPE)
        if (!ours.ok) throw new Error(ours.fault.words)
        const names = (list: readonly { userName: string }[]) => list.map((d) => d.userName.split('@')[0]).sort()
        const byTree = names(docs.map((d) => d.doc).filter((d) => fits(ours.value, d)))
        expect((await found(text)).sort()).toEqual(byTree)
        // Of lists, the other takes `ne` for "one of them is not", so it judges the rest.
        if (/ ne /.test(text)) return
        compared += 1
        const theirs = theirFilter(theirParse(text))
        expect(names(docs.map((d) => d.doc).filter((d) => theirs(d)))).toEqual(byTree)
      }),
      { numRuns: runs, seed: 4 },
    )
    expect(compared).toBeGreaterThan(runs / 6)
  })
})

describe('lists', () => {
  it('pages from 1, in the order asked', async () => {
    const page = async (query: string) => (await s.send('GET', `/Users?${query}`)).body
    expect(await page('startIndex=2&count=2&sortBy=userName')).toMatchObject({
      totalResults: 4,
      startIndex: 2,
      itemsPerPage: 2,
      Resources: [{ userName: 'jsmith@contoso.com' }, { userName: 'kwest' }],
    })
    expect(await page('sortBy=userName&sortOrder=descending&count=1')).toMatchObject({ Resources: [{ userName: 'odd_%one@contoso.com' }] })
    expect(await page('count=0')).toMatchObject({ totalResults: 4, itemsPerPage: 0, Resources: [] })
    expect(await page('startIndex=-5&count=-2')).toMatchObject({ startIndex: 1, Resources: [] })
    expect(await page('startIndex=999999999')).toMatchObject({ totalResults: 4, Resources: [] })
    expect(await s.send('GET', '/Users?count=some')).toMatchObject({ status: 400 })
    expect(await s.send('GET', '/Users?sortBy=title')).toMatchObject({ status: 400 })
  })

  it('shows the attributes that are chosen', async () => {
    const one = (query: string) => s.send('GET', `/Users/${ids.get('bjensen@contoso.com')}?${query}`)
    expect(Object.keys((await one('attributes=userName,name.givenName')).body).sort()).toEqual(['id', 'name', 'schemas', 'userName'])
    expect((await one('attributes=NAME.GIVENNAME')).body.name).toEqual({ givenName: 'Barbara' })
    expect((await one('excludedAttributes=emails,name.familyName')).body).toMatchObject({ name: { givenName: 'Barbara' } })
    expect((await one('excludedAttributes=emails')).body).not.toHaveProperty('emails')
  })

  it('searches by POST', async () => {
    const reply = await s.send('POST', '/Users/.search', { filter: 'title pr', attributes: ['userName'], sortBy: 'userName', count: 1 })
    expect(reply.body).toMatchObject({ totalResults: 2, Resources: [{ userName: 'bjensen@contoso.com' }] })
    expect(reply.body.Resources[0]).not.toHaveProperty('title')
  })
})

describe('versions', () => {
  it('refuses a change of what somebody else changed', async () => {
    const made = await s.user('versioned@contoso.com')
    const path = `/Users/${made.id}`
    const etag = (await s.send('GET', path)).headers.get('etag') ?? ''
    expect(made.meta.version).toBe(etag)
    expect(await s.send('GET', path, undefined, { 'if-none-match': etag })).toMatchObject({ status: 304, body: null })
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'title', value: 'x' }] }
    expect(await s.send('PATCH', path, body, { 'if-match': etag })).toMatchObject({ status: 200 })
    // VersionMismatch
    expect(await s.send('PATCH', path, body, { 'if-match': etag })).toMatchObject({ status: 412, body: { status: '412' } })
    expect(await s.send('PUT', path, { userName: 'versioned@contoso.com' }, { 'if-match': etag })).toMatchObject({ status: 412 })
    expect(await s.send('DELETE', path, undefined, { 'if-match': etag })).toMatchObject({ status: 412 })
    expect(await s.send('DELETE', path, undefined, { 'if-match': '*' })).toMatchObject({ status: 204 })
  })
})
