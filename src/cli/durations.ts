// Durations as people write them: `30m`, `2h`, `1h30m`, `180d`, or ISO 8601 as it is.

import { InvalidArgumentError } from 'commander'

const WORDS = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?$/i

/** The ISO 8601 form; commander tells the mistake otherwise. */
export function isoDuration(text: string): string {
  const trimmed = text.trim().replace(/\s+/g, '')
  if (/^P(?=.)/i.test(trimmed)) return trimmed.toUpperCase()
  const m = trimmed === '' ? null : WORDS.exec(trimmed)
  if (!m) throw new InvalidArgumentError('expected a duration such as 30m, 2h, 180d or PT2H')
  const [, d, h, min, s] = m
  const time = `${h ? `${h}H` : ''}${min ? `${min}M` : ''}${s ? `${s}S` : ''}`
  return `P${d ? `${d}D` : ''}${time ? `T${time}` : ''}`
}

/** So many milliseconds, for waiting. */
export function waitMs(text: string): number {
  const m = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(isoDuration(text))
  if (!m) throw new InvalidArgumentError('expected a duration such as 30s or 10m')
  const [d = 0, h = 0, min = 0, s = 0] = m.slice(1).map((part) => Number(part ?? 0))
  return (((d * 24 + h) * 60 + min) * 60 + s) * 1_000
}
