// Sets of windows: sorted, apart from each other. Ways of holding something are windows, and many ways are their union.

import { earlierEnd, laterEnd, type Window } from './time.ts'

export type Windows = readonly Window[]

/** For ever: the unit of `meet`. */
export const ALWAYS: Windows = [{ start: Number.NEGATIVE_INFINITY, end: null }]

/** The union: empty ones dropped, overlapping and touching ones joined. */
export function union(windows: Windows): Windows {
  const sorted = windows.filter((w) => w.end === null || w.start < w.end).sort((a, b) => a.start - b.start)
  const joined: Window[] = []
  for (const w of sorted) {
    const last = joined.at(-1)
    if (last && (last.end === null || w.start <= last.end))
      joined[joined.length - 1] = { start: last.start, end: laterEnd(last.end, w.end) }
    else joined.push(w)
  }
  return joined
}

/** What both have in common. */
export const meet = (a: Windows, b: Windows): Windows =>
  union(a.flatMap((x) => b.map((y) => ({ start: Math.max(x.start, y.start), end: earlierEnd(x.end, y.end) }))))

/** Are two unions the same? */
export const same = (a: Windows, b: Windows): boolean =>
  a.length === b.length && a.every((w, i) => w.start === b[i]?.start && w.end === b[i]?.end)
