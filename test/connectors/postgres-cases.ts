// What only PostgreSQL can do wrong: identities by role id, grantors, the fence inside the transaction, a credential too strong.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Client, escapeIdentifier as q } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRef, EntitlementRef, Intent } from '../../src/domain/provisioning/connector.ts'
import { CONNECTOR, type PostgresPeer } from './postgres-peer.ts'

const never = new AbortController().signal

/** Runs the cases on a server. */
export function postgresCases(title: string, start: () => Promise<PostgresPeer>): void {
  describe(`${title}: its own ways`, () => {
    let peer: PostgresPeer
    let main: Awaited<ReturnType<PostgresPeer['worker']>>
    const opened: (typeof main)[] = []
    const worker = async (settings?: Record<string, unknown>) => {
      const w = await peer.worker(settings)
      opened.push(w)
      return w
    }
    const intent = (account: AccountRef, present: boolean, fence: number, entitlement: EntitlementRef = peer.entitlement): Intent => {
      return { entitlement, account, present, fence, notAfter: null, key: `row-${fence}`, baseline: 'unknown' }
    }
    const apply = (account: AccountRef, present: boolean, fence: number) => main.session.apply(intent(account, present, fence), never)
    const person = async () => peer.ref(await peer.newAccount())
    const seen = async (account: AccountRef) => {
      const answer = await main.session.observe(peer.entitlement, [account], never)
      return answer.t === 'ok' ? answer.value.seen[0] : answer
    }
    const findings = async (entitlements: readonly EntitlementRef[] = [peer.entitlement]) =>
      (await main.session.check(entitlements, never)).findings.map((f) => `${f.level} ${f.code}`)

    beforeAll(async () => {
      peer = await start()
      main = await worker()
    })
    afterAll(async () => {
      await Promise.all(opened.map((w) => w.session.close()))
      await peer?.close()
    })

    test('after the set-up script the credential is exactly as strong as it must be', async () => {
      const health = await main.session.check([peer.entitlement], never)
      expect(health).toMatchObject({ reachable: true, credentialEndsAt: null })
      expect(Math.abs(health.clockSkewMs ?? 1e9)).toBeLessThan(1000)
      expect(health.findings.map((f) => f.code)).toEqual(['public-connect'])
    })

    test('the connector cannot use what it governs, not even by accident (from 16 on), and cannot reach further', async () => {
      const theirs = new Client(connectorLogin(main.gate.port))
      await theirs.connect()
      const code = (sql: string) =>
        theirs.query(sql).then(
          () => 'allowed',
          (error) => error.code,
        )
      expect(await code('select * from public.gold')).toBe('42501')
      expect(await code(`set role ${q(peer.entitlement.name)}`)).toBe(peer.major >= 16 ? '42501' : 'allowed')
      await theirs.query('reset role')
      expect(await code(`grant forbidden to ${CONNECTOR}`)).toBe('42501')
      expect(await code('create role another')).toBe('42501')
      expect(await code('delete from stint.fence')).toBe('42501')
      expect(await code('create table stint.mine ()')).toBe('42501')
      await theirs.end()
    })

    test('the set-up script can close a database to everybody but holders', async () => {
      const ada = await person()
      const databases = await peer.admin('select datname::text as name from pg_database where not datistemplate')
      await peer.setup(
        [peer.entitlement.name],
        databases.map((d) => String(d.name)),
      )
      expect(await findings()).toEqual([])
      await expect(peer.login(ada)).rejects.toMatchObject({ code: '42501' })
      expect(await apply(ada, true, 1)).toEqual({ t: 'done' })
      expect(await peer.can(ada)).toBe(true)
      await peer.admin('grant connect on database vault to public')
    })

    // biome-ignore format: one weakness per line
    test.each([
      ['superuser',           'error superuser',            `alter role ${CONNECTOR} superuser`,             `alter role ${CONNECTOR} nosuperuser`],
      ['create roles',        'error createrole',           `alter role ${CONNECTOR} createrole`,            `alter role ${CONNECTOR} nocreaterole`],
      ['bypass row security', 'error attributes',           `alter role ${CONNECTOR} bypassrls`,             `alter role ${CONNECTOR} nobypassrls`],
      ['a role too many',     'error excess',               `grant pg_read_all_data to ${CONNECTOR}`,        `revoke pg_read_all_data from ${CONNECTOR}`],
      ['no signals',          'error signal',               `revoke pg_signal_backend from ${CONNECTOR}`,    null],
      ['an ending password',  'warn credential',            `alter role ${CONNECTOR} valid until '%SOON%'`,  `alter role ${CONNECTOR} valid until 'infinity'`],
      ['no fence',            'error fence',                'alter table stint.fence rename to f',           'alter table stint.f rename to fence'],
      ['a login',             'alarm login',                'alter role %ROLE% login',                       'alter role %ROLE% nologin'],
      ['a foreign admin',     'alarm foreign-admin-option', 'create role mallory; grant %ROLE% to mallory with admin option', 'revoke %ROLE% from mallory; drop role mallory'],
    ])('check notices %s: %s', async (_, finding, weaken, mend) => {
      const fill = (sql: string) => sql.replaceAll('%ROLE%', q(peer.entitlement.name)).replace('%SOON%', new Date(Date.now() + 864e5).toISOString())
      await peer.admin(fill(weaken))
      expect(await findings()).toContain(finding)
      await (mend === null ? peer.setup([peer.entitlement.name]) : peer.admin(fill(mend)))
      expect(await findings()).not.toContain(finding)
    })

    test('check notices an entitlement that the connector may not grant, and one that is gone', async () => {
      expect(await findings([peer.entitlement, peer.forbidden])).toContain('error no-admin-option')
      expect(await findings([peer.entitlement, { id: '4000000000', name: 'nowhere' }])).toContain('error gone')
    })

    test('a self-grant by the connector is an alarm, and shows among the holders (from 16 on; before, an admin option is one)', async () => {
      const theirs = new Client(connectorLogin(main.gate.port))
      await theirs.connect()
      await theirs.query(`grant ${q(peer.entitlement.name)} to ${CONNECTOR}`)
      const noticed = await findings()
      const all = await main.session.observe(peer.entitlement, 'all', never)
      const holders = all.t === 'ok' ? all.value.seen.map((s) => s.account.name) : []
      if (peer.major >= 16) {
        expect(noticed).toContain('alarm self-grant')
        expect(holders).toContain(CONNECTOR)
        await theirs.query(`revoke ${q(peer.entitlement.name)} from ${CONNECTOR}`)
      }
      expect(await findings()).not.toContain('alarm self-grant')
      await theirs.end()
    })

    // biome-ignore format: one name per line
    test.each([
      ['unknown',                'nobody here',    /does not exist/],
      ['the connector itself',   CONNECTOR,        /own role/],
      ['one of the server\'s',   'pg_monitor',     /server's own/],
      ['unable to log in',       'forbidden',      /cannot log in/],
      ['a superuser',            'boss',           /superuser/],
      ['longer than 63 bytes',   'é'.repeat(32),   /longer than 63 bytes/],
    ])('an account that is %s cannot be bound', async (_, name, words) => {
      if (name === 'boss') await peer.admin('create role boss login superuser')
      const answer = await main.session.resolve({ t: 'account', name }, never)
      expect(answer).toMatchObject({ t: 'blocked', needs: 'identity', reason: expect.stringMatching(words) })
    })

    test('a name that the server would cut does not reach the role it would be cut to', async () => {
      await peer.admin(`create role ${q('x'.repeat(63))} login`)
      expect(await main.session.resolve({ t: 'account', name: 'x'.repeat(64) }, never)).toMatchObject({ t: 'blocked' })
      expect(await main.session.resolve({ t: 'account', name: 'x'.repeat(63) }, never)).toMatchObject({ t: 'ok' })
    })

    test('renamed accounts and roles are followed by their ids', async () => {
      const ada = await person()
      await apply(ada, true, 1)
      const { name } = peer.entitlement
      await peer.admin(`alter role ${q(ada.name)} rename to ada_married; alter role ${q(name)} rename to keepers_2`)
      await peer.admin(`alter role ada_married password 'only for this test'`)
      expect(await seen(ada)).toMatchObject({ present: true, ours: true, account: { id: ada.id, name: 'ada_married' } })
      expect(await apply(ada, false, 2)).toEqual({ t: 'done' })
      expect(await seen(ada)).toMatchObject({ present: false })
      expect(await peer.can(ada)).toBe(false)
      await peer.admin(`alter role keepers_2 rename to ${q(name)}`)
    })

    test('a name that now belongs to another role is for a person to decide, in both directions', async () => {
      const ada = await person()
      await apply(ada, true, 1)
      await peer.admin(`alter role ${q(ada.name)} rename to ada_before; create role ${q(ada.name)} login`)
      for (const present of [true, false]) expect(await apply(ada, present, 2)).toMatchObject({ t: 'blocked', needs: 'identity' })
      expect(await seen(ada)).toMatchObject({ t: 'blocked', needs: 'identity' })
    })

    test('an account that was dropped holds nothing', async () => {
      const ada = await person()
      await apply(ada, true, 1)
      await peer.admin(`drop role ${q(ada.name)}`)
      expect(await apply(ada, false, 2)).toEqual({ t: 'done' })
      expect(await seen(ada)).toMatchObject({ present: false })
      expect(await apply(ada, true, 3)).toMatchObject({ t: 'blocked', needs: 'identity' })
    })

    test('who holds the role through another role, or as a superuser, is seen to hold it', async () => {
      const [ada, eve] = [await person(), await person()]
      await peer.admin(
        `create role team; grant ${q(peer.entitlement.name)} to team; grant team to ${q(ada.name)}; alter role ${q(eve.name)} superuser`,
      )
      expect(await seen(ada)).toMatchObject({ present: true, ours: false, via: 'nested', others: ['team'] })
      expect(await seen(eve)).toMatchObject({ present: true, ours: false, others: ['superuser'] })
      await peer.admin(`alter role ${q(eve.name)} nosuperuser; drop role team`)
    })

    test('a grant that would go round in a circle, and one whose holder handed it on, need a person', async () => {
      const ada = await person()
      await peer.admin(`grant ${q(ada.name)} to ${q(peer.entitlement.name)}`)
      expect(await apply(ada, true, 1)).toMatchObject({ t: 'blocked', needs: 'config', reason: expect.stringContaining('0LP01') })
      await peer.admin(`revoke ${q(ada.name)} from ${q(peer.entitlement.name)}`)
    })

    test('a worker frozen between the fence and the grant holds nobody up for long, and changes nothing', async () => {
      const ada = await person()
      const frozen = await worker({ callMs: 1000 })
      const freeze = frozen.gate.freezeAt('grant "')
      const granting = frozen.session.apply(intent(ada, true, 1), never)
      await freeze.reached
      expect(await apply(ada, false, 2), 'waits for the row, then goes on').toEqual({ t: 'done' })
      freeze.thaw()
      expect(await granting).toMatchObject({ t: 'retry' })
      expect(await frozen.session.apply(intent(ada, true, 1), never)).toEqual({ t: 'stale', known: 2 })
      expect(await peer.can(ada)).toBe(false)
    })

    test('a process stopped in the middle of its transaction is ended by the server, and finds the fence when it goes on (L13)', async () => {
      const ada = await person()
      const { gate } = await worker()
      const { port, host, database, user, password } = connectorLogin(gate.port)
      const config = { host, port, database, user, password: { env: 'PW' }, tls: 'disable', callMs: 1000 }
      const freeze = gate.freezeAt('grant "')
      const script = fileURLToPath(new URL('worker-process.ts', import.meta.url))
      const task = JSON.stringify({ config, intent: intent(ada, true, 1) })
      const child = spawn(process.execPath, ['--import', 'tsx', script, task], { env: { ...process.env, PW: password } })
      try {
        const said = text(child.stdout)
        await freeze.reached
        child.kill('SIGSTOP')
        expect(await apply(ada, false, 2), "its clock stands still; the server's does not").toEqual({ t: 'done' })
        freeze.thaw()
        child.kill('SIGCONT')
        expect(JSON.parse(await said)).toMatchObject([{ t: 'retry' }, { t: 'stale', known: 2 }])
        expect(await peer.can(ada)).toBe(false)
      } finally {
        child.kill('SIGKILL')
      }
    })

    test('many workers on one membership end with the newest intent', async () => {
      const ada = await person()
      const workers = await Promise.all([1, 2, 3, 4].map(() => worker()))
      const outcomes = await Promise.all(
        workers.flatMap((w, n) => [1, 2, 3].map((m) => w.session.apply(intent(ada, m !== 3, m * 10 + n), new AbortController().signal))),
      )
      for (const outcome of outcomes) expect(['done', 'stale', 'retry']).toContain(outcome.t)
      expect(await apply(ada, false, 40)).toEqual({ t: 'done' })
      expect(await peer.can(ada)).toBe(false)
    })

    test('ending use ends every session of the account, counts those it may not end, and leaves others alone', async () => {
      const [ada, ben] = [await person(), await person()]
      const theirs = await Promise.all([peer.login(ada), peer.login(ada), peer.login(ben)])
      expect(await main.session.endUse?.(peer.entitlement, ada, never)).toEqual({ t: 'ok', value: { ended: 2, left: 0 } })
      await expect(theirs[2].query('select 1')).resolves.toBeDefined()
      await peer.admin(`alter role ${q(ben.name)} superuser`)
      expect(await main.session.endUse?.(peer.entitlement, ben, never)).toEqual({ t: 'ok', value: { ended: 0, left: 1 } })
      await Promise.all(theirs.map((c) => c.end().catch(() => {})))
      await peer.admin(`alter role ${q(ben.name)} nosuperuser`)
    })

    // biome-ignore format: one setting per line
    test.each([
      ['a wrong password',     { password: { env: 'OLD_PW' } },            /28P01/],
      ['a missing variable',   { password: { env: 'NO_PW' } },             /environment has no/],
      ['a missing file',       { password: { file: '/nowhere/secret' } },  /not there/],
      ['an unknown database',  { database: 'nowhere' },                    /3D000/],
      ['an unknown user',      { user: 'nowhere' },                        /28P01|28000/],
    ])('%s is a configuration that a person must mend, and no answer shows the secret', async (_, settings, words) => {
      const wrong = await worker(settings)
      const outcome = await wrong.session.apply(intent(await person(), true, 1), never)
      expect(outcome).toMatchObject({ t: 'blocked', needs: 'config', reason: expect.stringMatching(words) })
      expect(JSON.stringify([outcome, await wrong.session.check([], never)])).not.toContain('only for this test')
    })
  })
}

const connectorLogin = (port: number) => ({
  host: '127.0.0.1',
  port,
  user: CONNECTOR,
  password: 'only for this test',
  database: 'vault',
})
