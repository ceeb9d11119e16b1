import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePath } from './path.ts'

const last = (path: string) => {
  const result = parsePath(path)
  return result.ok ? result.value.at(-1) : result.fault.words
}

describe('a segment is understood', () => {
  test.each([
    ['/v1.0/users/Engineer@Contoso.com', { name: 'engineer@contoso.com', raw: 'Engineer@Contoso.com', qualified: false }],
    ["/users('abc')", { name: 'users', key: 'abc' }],
    ['/users(%27o%27%27brien@x.com%27)', { name: 'users', key: "o'brien@x.com" }],
    ["/users/o'brien@x.com", { raw: "o'brien@x.com" }],
    ['/users(11111111-1111-1111-1111-111111111111)', { key: '11111111-1111-1111-1111-111111111111' }],
    ["/servicePrincipals(appId='x')", { name: 'serviceprincipals', altKey: { name: 'appId', value: 'x' } }],
    ["/servicePrincipals( appId%20=%20'x' )", { name: 'serviceprincipals', altKey: { name: 'appId', value: 'x' } }],
    ["/x/filterByCurrentUser(on='principal')", { name: 'filterbycurrentuser', qualified: false, args: { on: 'principal' } }],
    ["/x/microsoft.graph.filterByCurrentUser(on='principal')", { name: 'filterbycurrentuser', qualified: true, args: { on: 'principal' } }],
    ['/x/Microsoft.Graph.Cancel', { name: 'cancel', qualified: true }],
    ['/groups/1/members/microsoft.graph.user', { name: 'user', raw: 'microsoft.graph.user', qualified: true }],
    ['/groups/1/members/$ref/', { name: '$ref' }],
    ['//v1.0//groups//$count', { name: '$count' }],
    ['/users/delta()', { name: 'delta', args: {} }],
    [
      "/roleSchedules(DirectoryScopeId=@directoryScopeId,appScopeId='a,b')",
      { args: { directoryscopeid: '@directoryScopeId', appscopeid: 'a,b' } },
    ],
    ["/roleSchedules(directoryScopeId='/',appScopeId=null)", { args: { directoryscopeid: '/', appscopeid: 'null' } }],
    ["/roleScheduleInstances(directoryScopeId='%2FadministrativeUnits%2F1')", { args: { directoryscopeid: '/administrativeUnits/1' } }],
    ['/users/guest_x.com%23EXT%23@contoso.com', { raw: 'guest_x.com#EXT#@contoso.com' }],
  ])('%s', (path, segment) => {
    expect(last(path)).toMatchObject(segment)
  })

  test('a bare root has no segments', () => {
    expect(parsePath('//')).toEqual({ ok: true, value: [] })
  })
})

describe('a path is refused', () => {
  test.each([
    ['/users/a%2fb', 'segment 2 holds a slash or a control character'],
    ["/users('a%2fb')", 'segment 1 holds a slash or a control character'],
    ['/users/a%5Cb', 'segment 2 holds a slash or a control character'],
    ['/users/a%252fb', 'segment 2 holds a slash or a control character'],
    ['/users/%00', 'segment 2 holds a slash or a control character'],
    ['/users/a%0d%0ab', 'segment 2 holds a slash or a control character'],
    ['/users/..', 'segment 2 is blank or a relative step'],
    ['/users/%2e%2e/groups', 'segment 2 is blank or a relative step'],
    ['/users/%20', 'segment 2 is blank or a relative step'],
    ['/users/%ff', 'segment 2 is not valid percent-encoded UTF-8'],
    ['/users/50%', 'segment 2 is not valid percent-encoded UTF-8'],
    ["/users('')", "`users('')` is neither"],
    ["/users('a", "`users('a` is neither"],
    ["/users('a')b", 'is neither'],
    ["/f(a='1',a='2')", 'is neither'],
    ["/f(a='1',)", 'is neither'],
    ['/f(a=)', 'is neither'],
    [`/${'a/'.repeat(65)}`, 'more than 64 segments'],
    [`/${'a'.repeat(9000)}`, 'longer than 8192 characters'],
  ])('%s', (path, words) => {
    const result = parsePath(path)
    expect(result.ok ? null : result.fault.code).toBe('InvalidPath')
    expect(result.ok ? '' : result.fault.words).toContain(words)
  })
})

test('no path makes the parser throw, and no segment holds a slash', () => {
  const piece = fc.constantFrom('/', '(', ')', "'", '=', ',', 'a', '%27', '%2f', '..', '%', 'microsoft.graph.', ' ')
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (path) => {
      const result = parsePath(path)
      if (result.ok) for (const { raw } of result.value) expect(raw).not.toMatch(/[/\\]/)
    }),
    { numRuns: 1000 },
  )
})
