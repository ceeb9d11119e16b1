// Walks the tokens of a filter and keeps the first problem, which is the one worth telling. Everything answers null
// (or undefined for a value, where null is a value) once there is a problem.

import type { Literal } from '../../domain/filter.ts'
import { type Token, tokens } from './odata-lexer.ts'

const CONSTANTS: Readonly<Record<string, Literal>> = { null: null, true: true, false: false }

/** A table's own row, so that `constructor` and the like are no names. */
export const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

export interface Cursor {
  /** The token `n` ahead; at the end, the last one. */
  readonly ahead: (n?: number) => Token
  readonly skip: (n?: number) => void
  readonly isWord: (word: string) => boolean
  readonly isPunct: (mark: string, n?: number) => boolean
  readonly isLiteral: () => boolean
  readonly isConstant: () => boolean
  /** Passes a mark or notes that it is missing. */
  readonly take: (mark: string) => boolean
  /** Passes a value. */
  readonly literal: () => Literal | undefined
  /** Notes what should have stood here. */
  readonly expected: (what: string) => null
  /** Notes another problem at this place. */
  readonly complain: (what: string) => null
  readonly problem: () => string | null
}

/** Starts at the first token of a text. */
export function cursor(text: string): Cursor {
  const list = tokens(text)
  let i = 0
  let problem: string | null = null
  const ahead = (n = 0): Token => list[Math.min(i + n, list.length - 1)]!
  const skip = (n = 1) => {
    i += n
  }
  const complain = (what: string): null => {
    problem ??= `at character ${ahead().at}: ${what}`
    return null
  }
  const expected = (what: string): null => {
    const { kind, text: found } = ahead()
    if (kind === 'bad') return complain(`expected ${found}`)
    return complain(`expected ${what}, found ${kind === 'end' ? 'the end' : `\`${found.slice(0, 40)}\``}`)
  }
  const isWord = (word: string) => ahead().kind === 'word' && ahead().text.toLowerCase() === word
  const isPunct = (mark: string, n = 0) => ahead(n).kind === 'punct' && ahead(n).text === mark
  const isConstant = () => ahead().kind === 'word' && own(CONSTANTS, ahead().text.toLowerCase()) !== undefined && !isPunct('/', 1)
  const isLiteral = () => ['string', 'bare', 'number'].includes(ahead().kind) || isConstant()
  const take = (mark: string) => {
    if (isPunct(mark)) skip()
    else expected(`\`${mark}\``)
    return problem === null
  }
  const literal = (): Literal | undefined => {
    const { kind, text: value } = ahead()
    if (!isLiteral()) return expected('a value') ?? undefined
    if (kind === 'number' && !Number.isFinite(Number(value))) return complain('the number is too large') ?? undefined
    skip()
    if (kind === 'number') return Number(value)
    return kind === 'word' ? CONSTANTS[value.toLowerCase()] : value
  }
  return { ahead, skip, isWord, isPunct, isLiteral, isConstant, take, literal, expected, complain, problem: () => problem }
}
