// A file of people: shown before it is written, whole or nothing, with its lines; the brake; the command; claims that name groups.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { lossBrake } from '../../src/domain/identity/brake.ts'
import { readCsv } from '../../src/operations/identity-csv.ts'
import { provisionGroups } from '../../src/operations/identity-groups.ts'
import { importFile } from '../../src/operations/identity-import.ts'
import { keepMemberships } from '../../src/operations/identity-members.ts'
import { sourceCall } from '../../src/operations/identity-run.ts'
import { addSource, readSource } from '../../src/operations/identity-sources.ts'
import { provisionUsers } from '../../src/operations/identity-users.ts'
import { holdById, withinSource } from '../../src/operations/identity-within.ts'
import { cli, sampleServer } from '../support/server.ts'
import { makeWorld, type World } from '../support/world.ts'

const HEAD = 'id,userName,displayName,mail,active,department,manager,groups'
const FILE = `${HEAD}
1,una@contoso.com,Una,una@contoso.com,true,Payments,,Staff;Payments team
2,vic@contoso.com,"Vic, the second",,yes,Payments,1,Staff
3,wil@contoso.com,Wil,,false,,2,`

let w: World
beforeAll(async () => {
  w = await makeWorld()
  const made = await addSource(w.ctx, w.as('admin'), { kind: 'csv', name: 'Staff file', adopt: false, settings: {} })
  expect(made.ok).toBe(true)
})

const load = (text: string, more: { dryRun?: boolean; override?: boolean } = {}) =>
  importFile(w.ctx, w.as('admin'), 'Staff file', { text, dryRun: false, override: false, ...more })
const count = async (table: string) => (await w.db.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n ?? 0

describe('a file', () => {
  it('is shown before it is written', async () => {
    const [people, events] = [await count('principals'), await count('events')]
    const shown = await load(FILE, { dryRun: true })
    expect(shown).toMatchObject({ ok: true, value: { dryRun: true, counts: { added: 3, groups: 2, joined: 3 }, findings: [] } })
    expect([await count('principals'), await count('events')]).toEqual([people, events])
  })

  it('is written whole, and once', async () => {
    expect(await load(FILE)).toMatchObject({ ok: true, value: { counts: { added: 3, groups: 2, joined: 3 } } })
    const rows = await w.db.query(
      `select p.upn, p.enabled, p.display_name, m.upn as boss from principals p left join principals m on m.id = p.manager_id where p.upn like any('{una%,vic%,wil%}') order by 1`,
    )
    expect(rows).toEqual([
      { upn: 'una@contoso.com', enabled: true, display_name: 'Una', boss: null },
      { upn: 'vic@contoso.com', enabled: true, display_name: 'Vic, the second', boss: 'una@contoso.com' },
      { upn: 'wil@contoso.com', enabled: false, display_name: 'Wil', boss: 'vic@contoso.com' },
    ])
    expect(await load(FILE)).toMatchObject({ ok: true, value: { counts: { added: 0, changed: 0, joined: 0, left: 0 } } })
    expect(await readSource(w.ctx, w.as('admin'), 'staff FILE')).toMatchObject({
      ok: true,
      value: { kept: { users: 3, groups: 2, members: 3 } },
    })
  })

  it('changes, turns off and lets go as the file says', async () => {
    const next = FILE.replace('Una,una@', 'Una the first,una@')
      .replace('yes,Payments,1,Staff', 'no,Payments,1,')
      .replace(/\n3,.*/, '')
    expect(await load(next)).toMatchObject({ ok: true, value: { counts: { disabled: 1, deleted: 1, left: 1 } } })
    expect(await w.db.query(`select deleted_at is not null as gone from principals where display_name = 'Wil'`)).toEqual([{ gone: true }])
  })

  it('changes nothing when one line cannot stand, and names the line', async () => {
    const before = [await count('principals'), await count('identity_links')]
    const taken = await load(`${FILE}\n4,PRIYA@contoso.com,Somebody else,,,,,\n5,xenia@contoso.com,Xenia,,,,,`)
    expect(taken).toMatchObject({
      ok: false,
      fault: { code: 'InvalidImport', words: expect.stringMatching(/line 5: `PRIYA@contoso.com`: the name/) },
    })
    const foreign = await load(`${FILE}\n4,x@elsewhere.org,X,,,,,`)
    expect(foreign).toMatchObject({
      ok: false,
      fault: { words: expect.stringContaining("line 5: `x@elsewhere.org`: `userName` must be a name in one of the tenant's domains") },
    })
    expect([await count('principals'), await count('identity_links')]).toEqual(before)
  })

  it.each([
    ['', 'the file is empty'],
    ['id,userName\n1,a', 'line 1: the column `displayName` is missing'],
    [`${HEAD},secret\n`, 'line 1: unknown columns `secret`'],
    [`${HEAD}\n1,a,b`, 'line 2: 3 values instead of 8'],
    [`${HEAD}\n,a,b,,,,,\n2,,c,,perhaps,,,`, 'line 2: `id` is empty; line 3: `userName` is empty; line 3: `active` is true or false'],
    [`${HEAD}\n1,a,b,,,,,\n1,c,d,,,,,`, 'line 3: the id `1` is there already, in line 2'],
    [`${HEAD}\n1,"a,b,,,,,`, 'Quote'],
  ])('that is not understood: %j', (text, words) => {
    expect(readCsv(text)).toMatchObject({ ok: false, fault: { code: 'InvalidImport', words: expect.stringContaining(words) } })
  })

  it('that would take many away stops first', async () => {
    const crowd = Array.from({ length: 40 }, (_, i) => `c${i},crowd${i}@contoso.com,Crowd ${i},,,,,`)
    const whole = `${FILE.replace(/\n3,.*/, '')}\n${crowd.join('\n')}`
    expect(await load(whole)).toMatchObject({ ok: true })
    const half = whole.split('\n').slice(0, 25).join('\n')
    // TooManyLost
    expect(await load(half)).toMatchObject({ ok: false, fault: { code: 'TooManyLost' } })
    expect(await load(HEAD)).toMatchObject({ ok: false, fault: { code: 'TooManyLost' } })
    expect(await load(half, { override: true })).toMatchObject({ ok: true, value: { counts: { deleted: 18 } } })
  })

  it('is nobody else’s to import, and for no other source', async () => {
    const input = { text: FILE, dryRun: true, override: false }
    expect(await importFile(w.ctx, w.as('priya'), 'Staff file', input)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    await addSource(w.ctx, w.as('admin'), { kind: 'scim', name: 'Pushed', adopt: false, settings: {} })
    expect(await importFile(w.ctx, w.as('admin'), 'Pushed', input)).toMatchObject({ ok: false, fault: { code: 'InvalidIdentitySource' } })
    expect(await importFile(w.ctx, w.as('admin'), 'nothing', input)).toMatchObject({ ok: false, fault: { code: 'IdentitySourceNotFound' } })
  })
})

describe('the brake', () => {
  it.each([
    [0, 0, false],
    [1, 5, false],
    [1, 1, false],
    [2, 2, true],
    [3, 5, true],
    [10, 30, false],
    [11, 30, true],
    [200, 1_000, false],
    [201, 1_000, true],
  ])('%d of %d', (lost, kept, stops) => {
    expect(lossBrake([{ what: 'people', lost, kept }]) !== null).toBe(stops)
  })
})

describe('a claim that says all of somebody’s groups', () => {
  it('puts them into those, takes them out of others, and leaves alone what the source does not keep', async () => {
    const made = await addSource(w.ctx, w.as('admin'), { kind: 'oidc', name: 'Provider', adopt: false, settings: {} })
    if (!made.ok) throw new Error(made.fault.words)
    const how = { hold: holdById(made.value.id), call: sourceCall(w.ctx.ids()), pushed: true, about: null }
    const person = await withinSource(w.ctx, how, async (run) => {
      await provisionGroups(
        run,
        ['red', 'blue'].map((name) => ({ externalId: name, displayName: name, description: null, doc: {} })),
      )
      const [user] = await provisionUsers(run, [
        { externalId: 'sub-1', userName: 'jit@contoso.com', displayName: 'Jit', mail: null, active: true, attributes: {}, doc: {} },
      ])
      return user ?? { ok: false as const, fault: { code: 'InternalServerError' as const, words: '', data: {}, findings: [] } }
    })
    if (!person.ok) throw new Error(person.fault.words)
    const keep = (groups: string[]) => withinSource(w.ctx, how, (run) => keepMemberships(run, person.value.principalId, groups))
    expect(await keep(['red', 'green'])).toMatchObject({ ok: true, value: { joined: 1, left: 0, unknown: ['green'] } })
    expect(await keep(['blue'])).toMatchObject({ ok: true, value: { joined: 1, left: 1 } })
    expect(await keep(['blue'])).toMatchObject({ ok: true, value: { joined: 0, left: 0 } })
    expect(await keep([])).toMatchObject({ ok: true, value: { left: 1 } })
  })
})

describe('the command', () => {
  it('makes a source, shows a token once, imports a file and says what was done', async () => {
    const server = await sampleServer()
    const env = { STINT_URL: server.url, STINT_TOKEN: await server.token('admin@contoso.com'), XDG_CONFIG_HOME: server.data }
    const run = (...args: string[]) => cli(['source', ...args], env)
    expect(await run('add', 'scim', 'Okta')).toMatchObject({ code: 0, out: expect.stringContaining('next: stint source token Okta') })
    const token = await run('token', 'Okta', '--json')
    const { token: secret, id } = JSON.parse(token.out)
    const pushed = await fetch(`${server.url}/scim/v2/Users`, { headers: { authorization: `Bearer ${secret}` } })
    expect(pushed.status).toBe(200)
    const shown = await run('show', 'Okta')
    expect(shown.out).toContain(id)
    expect(shown.out).not.toContain(secret)
    expect(await run('revoke-token', 'Okta', id)).toMatchObject({ code: 0 })
    expect((await fetch(`${server.url}/scim/v2/Users`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(401)
    const file = join(server.data, 'people.csv')
    await writeFile(file, FILE)
    await run('add', 'csv', 'Staff')
    expect(await run('import', 'Staff', '--file', file, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('would be: 3 added'),
    })
    expect(await run('import', 'Staff', '--file', file)).toMatchObject({ code: 0, out: expect.stringContaining('3 added') })
    await writeFile(file, HEAD)
    expect(await run('import', 'Staff', '--file', file)).toMatchObject({ code: 1, err: expect.stringContaining('--override') })
    expect((await run('list')).out).toMatch(/Okta\s+scim[\s\S]*Staff\s+csv|Staff\s+csv[\s\S]*Okta\s+scim/)
    expect((await run('why', 'una@contoso.com')).out).toMatch(/Staff\s+joinGroup|Staff\s+createUser/)
    expect(await run('remove', 'Okta')).toMatchObject({ code: 0 })
    // Somebody who lost a group asks why a role is out of reach.
    await writeFile(file, FILE.replace('Staff;Payments team', 'Staff'))
    await run('import', 'Staff', '--file', file)
    const una = await server.token('una@contoso.com')
    const why = await cli(['why', 'User Administrator'], { ...env, STINT_TOKEN: una })
    expect(why.out).toMatch(/taken away where you are kept:[\s\S]*Staff has the group Payments team no longer/)
  })
})
