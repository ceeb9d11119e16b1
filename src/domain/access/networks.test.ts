import { expect, test } from 'vitest'
import { isNetwork, liesIn } from './networks.ts'

test.each([
  ['10.1.2.3', '10.0.0.0/8', true],
  ['11.1.2.3', '10.0.0.0/8', false],
  ['192.168.1.130', '192.168.1.128/25', true],
  ['192.168.1.127', '192.168.1.128/25', false],
  ['203.0.113.7', '203.0.113.7', true],
  ['203.0.113.8', '203.0.113.7', false],
  ['203.0.113.8', '0.0.0.0/0', true],
  ['::ffff:10.1.2.3', '10.0.0.0/8', true],
  ['10.1.2.3', '::ffff:10.0.0.0/8', false],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['10.1.2.3', '::/0', false],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['::1', '::1', true],
  [null, '0.0.0.0/0', false],
  ['not an address', '0.0.0.0/0', false],
  ['010.1.2.3', '10.0.0.0/8', false],
])('%s in %s: %s', (address, cidr, inside) => {
  expect(liesIn(address, cidr)).toBe(inside)
})

test.each(['10.0.0.0/33', '10.0.0/8', '::/129', '1::2::3', '10.0.0.0/-1', '10.0.0.0/8/8', '', 'contoso.com', '256.1.1.1', '12345::'])(
  '`%s` is no network, and nothing lies in it',
  (text) => {
    expect(isNetwork(text)).toBe(false)
    expect(liesIn('10.0.0.1', text)).toBe(false)
  },
)
