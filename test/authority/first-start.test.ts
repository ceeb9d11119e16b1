// The first start: a link for the first administrator where none can sign in, said once, and nothing where somebody can.

import { expect, it } from 'vitest'
import { firstLink } from '../../src/errands.ts'
import { authorityServer } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, enrolByPassword, PASSWORD, signInToAccount } from '../support/own-pages.ts'

const server = await authorityServer()
const { db } = server.database

it('a sample says nothing: it has its operator', async () => {
  expect(await firstLink(server)).toBeNull()
})

it('otherwise a link is said once, works once, and none is said once somebody can sign in', async () => {
  await db.query(`update tenant set settings = settings - 'sample'`)
  await db.query(`delete from sealed_secrets`)
  const said = (await firstLink(server)) ?? ''
  const [link = ''] = /http:\S+$/.exec(said) ?? []
  expect(link).toMatch(new RegExp(`^${server.publicUrl}/enrol/[\\w-]{43}$`))
  const upn = said.split(' ')[0] ?? ''
  // A start that follows does not take it away, nor tell it to whoever reads along.
  const again = (await firstLink(server)) ?? ''
  expect(again).toContain(`${upn} has not enrolled yet`)
  expect(again).not.toContain('/enrol/')

  const browser = new Browser(server.publicUrl)
  const { secret } = await enrolByPassword(browser, new URL(link).pathname)
  expect((await signInToAccount(browser, upn, PASSWORD, codeOf(secret))).text).toContain('Your account')
  expect(await firstLink(server)).toBeNull()

  // Neither where the one who can is disabled: then it is another’s turn, or theirs again.
  await db.query('update principals set enabled = false where upn = $1', [upn])
  const next = await firstLink(server)
  if (next !== null) expect(next.split(' ')[0]).not.toBe(upn)
  const [told] = await db.query<{ text: string }>(
    `select string_agg(e::text, ' ') as text from events e where action in ('makeEnrolment', 'openEnrolment', 'enrol')`,
  )
  expect(told?.text).not.toContain(link.split('/').at(-1))
})
