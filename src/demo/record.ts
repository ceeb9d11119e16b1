// What the demo saw: steps with their proofs, and when things happened. Told to people as it goes, or to programs as one document.

import { isDeepStrictEqual } from 'node:util'

/** One thing that was to be shown. It held when what came is what was wanted. */
export interface Proof {
  readonly what: string
  readonly want: unknown
  readonly got: unknown
}

export interface Step {
  readonly step: string
  readonly words: string
  readonly held: boolean
  /** The proof for people. */
  readonly said: string
  readonly proofs: readonly (Proof & { readonly held: boolean })[]
}

export const MARKS = {
  asked: 'asked',
  approved: 'approved',
  effective: 'effective at the target',
  ended: 'ended',
  // The right goes first, so that who logs in anew at once finds it gone.
  refused: 'refused at the target',
  sessionEnded: 'open session ended by the target',
} as const

export type Mark = keyof typeof MARKS
export type Marks = { [M in Mark]?: number }

export const proven = (proof: Proof): Proof & { readonly held: boolean } => ({ ...proof, held: isDeepStrictEqual(proof.want, proof.got) })

/** What happened when, relative to the asking. */
export function timelineOf(marks: Marks): readonly { readonly what: string; readonly ms: number }[] {
  const from = marks.asked
  if (from === undefined) return []
  const happened = (Object.keys(MARKS) as Mark[]).flatMap((mark) => {
    const at = marks[mark]
    return at === undefined ? [] : [{ what: MARKS[mark], ms: at - from }]
  })
  return happened.sort((a, b) => a.ms - b.ms)
}

/** One line: the sign, what was to be shown, the proof; below it what came instead, where it did not hold. */
export function lineOf({ words, held, said, proofs }: Step): string {
  const wrong = proofs.filter((p) => !p.held).map((p) => `\n    ${p.what}: wanted ${JSON.stringify(p.want)}, got ${JSON.stringify(p.got)}`)
  return `${held ? '✓' : '✗'} ${words}: ${said}${wrong.join('')}`
}

export function timelineText(marks: Marks): string {
  const rows = timelineOf(marks)
  const width = Math.max(0, ...rows.map((r) => String(r.ms).length))
  return ['timeline, in milliseconds', ...rows.map((r) => `  ${String(r.ms).padStart(width)}  ${r.what}`)].join('\n')
}
