import fc from 'fast-check'
import { CompactSign, exportSPKI, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { actorOf } from './claims.ts'
import { exportSigningKey, generateSigningKey, importSigningKey, keySet } from './keys.ts'
import { type MintedClaims, mintToken, type TokenRules, verifyToken } from './token.ts'

const NOW = Date.UTC(2031, 1, 3, 9, 0, 0)
const AT = NOW / 1000
const TENANT = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'
const OID = '11111111-1111-1111-1111-111111111111'
const ORIGIN = 'https://pim.example.net'
const ISSUER = `${ORIGIN}/${TENANT}/v2.0`

const key = await generateSigningKey('ES256')
const rsa = await generateSigningKey('RS256')
const foreign = await generateSigningKey('ES256')
const rules: TokenRules = { keys: [key, rsa], issuer: ISSUER, tenantId: TENANT, origin: ORIGIN }

const good: JWTPayload = { iss: ISSUER, aud: ORIGIN, oid: OID, tid: TENANT, idtyp: 'user', nbf: AT, exp: AT + 600 }
const without = (claim: string): JWTPayload => Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim))

const sign = (payload: JWTPayload, by = key) => new SignJWT(payload).setProtectedHeader({ alg: by.alg, kid: by.kid }).sign(by.privateKey)
const unsigned = (header: object, payload: object, signature = '') =>
  [...[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), signature].join('.')
const check = (token: string, now = NOW) => verifyToken(`Bearer ${token}`, rules, now)

async function refusal(token: string, now = NOW) {
  const result = await check(token, now)
  const fault = result.ok ? null : result.fault
  const [, , signature = ''] = token.split('.')
  if (signature.length > 8) expect(JSON.stringify(fault)).not.toContain(signature)
  return [fault?.code, fault?.data.detail]
}

describe('a token is accepted', () => {
  test.each([
    ['our own address', ORIGIN],
    ['our own address with a slash', `${ORIGIN}/`],
    ['ARM', 'https://management.azure.com'],
    ['ARM with a slash', 'https://management.core.windows.net/'],
    ['Graph', 'https://graph.microsoft.com'],
  ])('for %s', async (_, aud) => {
    expect(await check(await sign({ ...good, aud }))).toMatchObject({ ok: true, value: { oid: OID, tid: TENANT, idtyp: 'user', aud } })
  })
  test('signed by either of our keys', async () => {
    expect((await check(await sign(good, rsa))).ok).toBe(true)
  })
  test('with `bearer` in any case', async () => {
    expect((await verifyToken(`bearer  ${await sign(good)}`, rules, NOW)).ok).toBe(true)
  })
  test('within the leeway of clocks', async () => {
    const token = await sign(good)
    expect((await check(token, NOW - 29_000)).ok).toBe(true)
    expect((await check(token, NOW + 629_000)).ok).toBe(true)
  })
  test('and its claims are read', async () => {
    const more = {
      oid: OID.toUpperCase(),
      amr: ['pwd', 'mfa'],
      acrs: ['c1'],
      auth_time: AT - 60,
      scp: 'User.Read  RoleManagement.Read.All',
      appid: 'cli',
      roles: ['x'],
    }
    expect(await check(await sign({ ...good, ...more }))).toEqual({
      ok: true,
      value: {
        oid: OID,
        tid: TENANT,
        idtyp: 'user',
        amr: ['pwd', 'mfa'],
        acrs: ['c1'],
        auth_time: NOW - 60_000,
        scp: ['User.Read', 'RoleManagement.Read.All'],
        roles: ['x'],
        appid: 'cli',
        generation: 0,
        session: null,
        bound: null,
        compliantDevice: false,
        aud: ORIGIN,
      },
    })
  })
})

describe('a token is refused', () => {
  test.each([[undefined], [null], [''], ['Basic abc'], ['Bearer'], ['Bearer a b']])('when it is missing: %s', async (header) => {
    expect(await verifyToken(header, rules, NOW)).toMatchObject({ fault: { code: 'AuthenticationRequired' } })
  })
  test.each([['garbage'], ['a.b'], ['a.b.c'], ['...'], ['a.b.c.d.e'], [`${'a'.repeat(20_000)}.b.c`]])(
    'when it is garbage',
    async (token) => {
      expect(await refusal(token)).toEqual(['InvalidToken', 'it is not a signed token of three parts'])
    },
  )
  test('when it has expired', async () => {
    expect(await refusal(await sign(good), NOW + 631_000)).toEqual(['InvalidToken', 'it has expired: sign in again'])
  })
  test('when it is not valid yet', async () => {
    expect(await refusal(await sign(good), NOW - 31_000)).toEqual(['InvalidToken', 'it is not valid yet'])
  })
  test('when a foreign key signed it', async () => {
    expect(await refusal(await sign(good, foreign))).toEqual(['InvalidToken', 'it is signed with a key that is not ours'])
  })
  test('when a foreign key signed it in the name of ours, or in no name', async () => {
    for (const header of [{ alg: 'ES256', kid: key.kid }, { alg: 'ES256' }]) {
      const token = await new SignJWT(good).setProtectedHeader(header).sign(foreign.privateKey)
      expect(await refusal(token)).toEqual(['InvalidToken', 'its signature does not hold'])
    }
  })
  test('when it brings its own key', async () => {
    const token = await new SignJWT(good).setProtectedHeader({ alg: 'ES256', kid: key.kid, jwk: foreign.jwk }).sign(foreign.privateKey)
    expect(await refusal(token)).toEqual(['InvalidToken', 'its signature does not hold'])
  })
  test.each([['none'], ['None'], ['nOnE']])('when its algorithm is `%s`', async (alg) => {
    expect(await refusal(unsigned({ alg, kid: key.kid }, good))).toEqual(['InvalidToken', 'its algorithm is not accepted'])
  })
  test('when the public key is used as a shared secret', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(rsa.publicKey))
    const token = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: rsa.kid }).sign(secret)
    expect(await refusal(token)).toEqual(['InvalidToken', 'its algorithm is not accepted'])
  })
  test('when it names one key and the algorithm of another', async () => {
    const token = await new SignJWT(good).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(rsa.privateKey)
    expect(await refusal(token)).toEqual(['InvalidToken', 'it is signed with a key that is not ours'])
  })
  test('when its payload was changed', async () => {
    const [header, , signature] = (await sign(good)).split('.')
    const payload = Buffer.from(JSON.stringify({ ...good, oid: OID.replace('1', '2') })).toString('base64url')
    expect(await refusal(`${header}.${payload}.${signature}`)).toEqual(['InvalidToken', 'its signature does not hold'])
  })
  test('when it demands an extension', async () => {
    const token = unsigned({ alg: 'ES256', kid: key.kid, crit: ['x'], x: 1 }, good, 'AAAA')
    expect(await refusal(token)).toEqual(['InvalidToken', 'it is not a well-formed token'])
  })
  test.each([['https://other.example.net'], [`${ORIGIN}//`], ['https://management.azure.com.evil.net'], ['constructor'], ['']])(
    'when its audience is `%s`',
    async (aud) => {
      expect(await refusal(await sign({ ...good, aud }))).toEqual(['InvalidAudience', undefined])
    },
  )
  test.each([['00000000-0000-0000-0000-000000000000'], [''], ['common']])('when its tenant is `%s`', async (tid) => {
    expect(await refusal(await sign({ ...good, tid }))).toEqual(['InvalidToken', 'it is for another tenant'])
  })
  test('when its issuer is another', async () => {
    expect(await refusal(await sign({ ...good, iss: 'https://sts.windows.net/x' }))).toEqual(['InvalidToken', 'it is from another issuer'])
  })
  test.each([['oid'], ['tid'], ['exp'], ['aud'], ['iss']])('when it lacks `%s`', async (claim) => {
    expect(await refusal(await sign(without(claim)))).toEqual(['InvalidToken', `its claim \`${claim}\` is missing or of the wrong form`])
  })
  test.each([
    ['oid', 'admin'],
    ['oid', 5],
    ['idtyp', 'device'],
    ['amr', 'mfa'],
    ['acrs', [1]],
    ['roles', {}],
    ['auth_time', 'now'],
    ['scp', ['a']],
    ['appid', 5],
  ])('when its claim `%s` is %j', async (claim, value) => {
    expect(await refusal(await sign({ ...good, [claim]: value }))).toEqual([
      'InvalidToken',
      `its claim \`${claim}\` is missing or of the wrong form`,
    ])
  })
  test('when its payload is no object', async () => {
    const token = await new CompactSign(new TextEncoder().encode('[]'))
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .sign(key.privateKey)
    expect(await refusal(token)).toEqual(['InvalidToken', 'it is not a well-formed token'])
  })
  test('when its sign-in lies in the future', async () => {
    expect(await refusal(await sign({ ...good, auth_time: AT + 60 }))).toEqual(['InvalidToken', 'its claim `auth_time` lies in the future'])
  })
  test('and nothing makes the check throw', async () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.string(), fc.json(), fc.string())
        .map(([a, b, c]) => [a, b, c].map((part) => Buffer.from(part).toString('base64url')).join('.')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (it) => !(await verifyToken(`Bearer ${it}`, rules, NOW)).ok),
      { numRuns: 300 },
    )
  })
})

describe('a token is minted', () => {
  const claims: MintedClaims = {
    iss: ISSUER,
    aud: ORIGIN,
    oid: OID,
    tid: TENANT,
    idtyp: 'user',
    amr: ['pwd', 'mfa'],
    acrs: ['c1'],
    auth_time: NOW,
  }
  const mint = (ttl: number) => mintToken(key, claims, NOW, ttl)
  test('and accepted until it ends', async () => {
    const token = await mint(900)
    if (!token.ok) throw new Error(token.fault.words)
    expect(await check(token.value)).toMatchObject({
      ok: true,
      value: { oid: OID, amr: ['pwd', 'mfa'], acrs: ['c1'], auth_time: NOW, scp: null },
    })
    expect(await refusal(token.value, NOW + 931_000)).toEqual(['InvalidToken', 'it has expired: sign in again'])
  })
  test.each([[901], [0], [-1], [1.5], [Number.NaN]])('but not for %d seconds', async (ttl) => {
    expect(await mint(ttl)).toMatchObject({ ok: false, fault: { code: 'InvalidDuration' } })
  })
})

describe('an actor', () => {
  const base = {
    oid: OID,
    tid: TENANT,
    amr: ['mfa'],
    acrs: ['c1'],
    auth_time: NOW,
    scp: ['a'],
    roles: ['b'],
    appid: 'cli',
    generation: 0,
    session: null,
    bound: null,
    compliantDevice: false,
    aud: ORIGIN,
  } as const
  test('is the person, with the proof that the token brings', () => {
    expect(actorOf({ ...base, idtyp: 'user' }, '192.0.2.1')).toEqual({
      t: 'user',
      id: OID,
      proof: { amr: ['mfa'], acrs: ['c1'], at: NOW, session: null, bound: null, compliantDevice: false },
      scopes: ['a'],
      app: 'cli',
      ip: '192.0.2.1',
    })
  })
  test('is the app, with its permissions and no proof', () => {
    expect(actorOf({ ...base, idtyp: 'app' }, null)).toEqual({ t: 'app', id: OID, permissions: ['b'], ip: null })
  })
})

describe('a key', () => {
  test('comes back from its file as the same key', async () => {
    const again = await importSigningKey(await exportSigningKey(key), 'ES256')
    expect(again.jwk).toEqual(key.jwk)
  })
  test('is published without its private half', () => {
    for (const jwk of keySet([key, rsa]).keys)
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(jwk).not.toHaveProperty(secret)
  })
})
