import { describe, expect, it } from 'vitest'
import { readSealed, writeSealed } from './sealed-secret.ts'

const bytes = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + n * 101) & 255)
const written = writeSealed(bytes(1))

describe('a sealed secret', () => {
  it('is fourteen groups of four, of which the last is the check', () => {
    expect(written).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(readSealed(written)).toBe(written.replaceAll('-', '').slice(0, 52))
    expect(new Set([1, 2, 3].map((n) => readSealed(writeSealed(bytes(n))))).size).toBe(3)
  })

  it('may be typed in small letters, with blanks or none, and with what looks alike', () => {
    const meant = readSealed(written)
    expect(readSealed(written.toLowerCase().replaceAll('-', ' '))).toBe(meant)
    expect(readSealed(` ${written.replaceAll('-', '')}\n`)).toBe(meant)
    expect(readSealed(written.replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(meant)
  })

  it('tells every single slip and every swap of neighbours', () => {
    const plain = written.replaceAll('-', '')
    for (let i = 0; i < plain.length; i++) {
      const other = plain[i] === '7' ? '8' : '7'
      expect(readSealed(plain.slice(0, i) + other + plain.slice(i + 1))).toBeNull()
      if (i === 0 || plain[i] === plain[i - 1]) continue
      expect(readSealed(plain.slice(0, i - 1) + plain[i] + plain[i - 1] + plain.slice(i + 1))).toBeNull()
    }
  })

  it.each(['', 'hunter2', written.slice(0, -1), `${written}A`, 'U'.repeat(56), 'A'.repeat(10_000)])('refuses %j', (typed) => {
    expect(readSealed(typed)).toBeNull()
  })
})
