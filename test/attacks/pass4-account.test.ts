// The account's own pages attacked once more: a change that waits while its session is ended, names that end in half a character.

import { expect, it } from 'vitest'
import { authorityServer } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, openLink, PASSWORD, signInToAccount } from '../support/own-pages.ts'

const server = await authorityServer()
const UPN = 'engineer@contoso.com'
const { db } = server.database
const mine = new Browser(server.publicUrl)
const { secret } = await enrolByPassword(mine, await linkFor(server, UPN))
const account = await signInToAccount(mine, UPN, PASSWORD, codeOf(secret))
const tokenOf = ({ text }: Page) => /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? ''

const post = (path: string, fields: Readonly<Record<string, string>>) =>
  mine.open(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.publicUrl },
    body: new URLSearchParams({ form_token: tokenOf(account), ...fields }).toString(),
  })

/** Until somebody waits for a lock of a transaction that we hold. */
async function somebodyWaits() {
  for (let turn = 0; turn < 200; turn += 1) {
    const [row] = await db.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if ((row?.n ?? 0) > 0) return
    await new Promise((go) => setTimeout(go, 10))
  }
  throw new Error('nobody waited')
}

it('a name that is cut in the middle of a character is a name, and no failure', async () => {
  await db.query(
    `insert into passkeys (id, principal_id, name, public_key, counter, transports, device_type, backed_up, created_at)
     select decode('aabbcc', 'hex'), id, 'x', decode('00', 'hex'), 0, '{}', 'singleDevice', false, now() from principals where upn = $1`,
    [UPN],
  )
  const done = await post('/account/rename-passkey', { id: 'qrvM', name: `${'a'.repeat(59)}😀` })
  expect(done).toMatchObject({ status: 303, location: `${server.publicUrl}/account` })
  expect(await db.query('select name from passkeys')).toEqual([{ name: 'a'.repeat(59) }])
})

it('a change that waits while its session is ended is not made: SignInEnded', async () => {
  const before = await db.query('select digest from recovery_codes order by digest')
  const sent = await db.transaction(async (tx) => {
    await tx.query('select 1 from principals where upn = $1 for update', [UPN])
    const waiting = post('/account/recovery-codes', {})
    await somebodyWaits()
    // As the owner's own `end all others`, an administrator, or a new password does.
    await tx.query(`update sessions set ended_at = now() where cookie is not null`)
    return { waiting }
  })
  const answer = await sent.waiting
  expect(answer.text).not.toContain('New recovery codes')
  expect(await db.query('select digest from recovery_codes order by digest')).toEqual(before)
  await db.query(`update sessions set ended_at = null`)
})

it('a link used while another is made for the same person ends in an answer, and not in a deadlock', async () => {
  const other = new Browser(server.publicUrl)
  const choice = await openLink(other, await linkFor(server, 'sam@contoso.com'))
  const app = await other.submit(choice, { password: PASSWORD }, '/enrol/password')
  const shown = /secret=([A-Z2-7]+)/.exec(app.text)?.[1] ?? ''
  const sent = await db.transaction(async (tx) => {
    // What making a link does, slowly: the person is held first, then the older link goes.
    await tx.query(`select 1 from principals where upn = 'sam@contoso.com' for update`)
    const waiting = other.submit(app, { code: codeOf(shown) }, '/enrol/code')
    await somebodyWaits()
    await tx.query(`delete from enrolments where principal_id = (select id from principals where upn = 'sam@contoso.com')`)
    return { waiting }
  })
  const answer = await sent.waiting
  expect({ status: answer.status, over: answer.text.includes('this link does not work') }).toEqual({ status: 400, over: true })
})
