import { expect, test } from 'vitest'
import { postgresConnector } from '../connectors/postgres/index.ts'
import { anyConnector } from '../domain/provisioning/connector.ts'
import { openSessions } from './sessions.ts'

const from = (env: string) => ({ env })
const config = { host: from('H'), port: from('P'), database: from('D'), user: from('U'), password: from('PW'), tls: from('T') }
const target = { id: 't', name: 'payments', kind: 'postgres', config } as unknown as Parameters<ReturnType<typeof openSessions>['with']>[0]
const opened = (env: Record<string, string>) =>
  openSessions(new Map([['postgres', anyConnector(postgresConnector)]]), { now: () => 0, env }, () => {}).with(target, async () => 'lent')

test('a target that nobody gave its variables is not configured, and says which it wants', async () => {
  expect(await opened({})).toMatchObject({
    ok: false,
    fault: { code: 'TargetNotConfigured', words: 'the target is not configured: the environment has no `H`, `D`, `U`, `PW`' },
  })
  expect(await opened({ H: 'db', D: 'app', U: 'me', PW: '' })).toMatchObject({ fault: { words: expect.stringMatching(/no `PW`$/) } })
})

test('what may be left out has its default, and what is there is read as it is wanted', async () => {
  expect(await opened({ H: 'db', D: 'app', U: 'me', PW: 'x' })).toEqual({ ok: true, value: 'lent' })
  expect(await opened({ H: 'db', D: 'app', U: 'me', PW: 'x', P: 'five' })).toMatchObject({ ok: false, fault: { code: 'MalformedBody' } })
  expect(await opened({ H: 'db', D: 'app', U: 'me', PW: 'x', T: 'disable' })).toMatchObject({ ok: false, fault: { code: 'MalformedBody' } })
})
