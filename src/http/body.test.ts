import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_BODY, parseBody, readBody, readObjectBody } from './body.ts'
import {
  pick,
  readBoolean,
  readDuration,
  readEnum,
  readGuid,
  readInstant,
  readInteger,
  readList,
  readObject,
  readObjects,
  readText,
  readTexts,
  required,
} from './fields.ts'
import type { JsonObject } from './json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const post = (body: string | Uint8Array<ArrayBuffer>, type?: string) =>
  new Request('http://x/', { method: 'POST', body, headers: type === undefined ? {} : { 'content-type': type } })
const words = (result: { ok: boolean }) => ('fault' in result ? (result.fault as { words: string }).words : '')

describe('a body is bounded', () => {
  const filled = (size: number) => `"${'x'.repeat(size - 2)}"`
  test('one of exactly 256 KiB is read', async () => {
    expect((await readBody(post(filled(MAX_BODY)))).ok).toBe(true)
  })
  test('one byte more is refused', async () => {
    expect(await readBody(post(filled(MAX_BODY + 1)))).toMatchObject({ fault: { code: 'BodyTooLarge', data: { limit: 262_144 } } })
  })
  test('whatever its length header says', async () => {
    const stream = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(new Uint8Array(65_536).fill(32)) })
    const request = { headers: new Headers({ 'content-length': '2' }), body: stream }
    expect(await readBody(request)).toMatchObject({ fault: { code: 'BodyTooLarge' } })
  })
  test('and refused by its length header before a byte is read', async () => {
    const request = { headers: new Headers({ 'content-length': '999999999' }), body: null }
    expect(await readBody(request)).toMatchObject({ fault: { code: 'BodyTooLarge' } })
  })
  test('in its depth', () => {
    const nested = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`
    expect(parseBody(bytes(nested(32))).ok).toBe(true)
    expect(words(parseBody(bytes(nested(33))))).toContain('at character 33: it is nested deeper than 32 levels')
    expect(parseBody(bytes('['.repeat(200_000))).ok).toBe(false)
  })
})

describe('a body is JSON', () => {
  test.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['Application/JSON;odata.metadata=minimal'],
    ['text/json'],
    ['application/scim+json'],
    ['text/plain;charset=UTF-8'],
    [''],
  ])('of content type `%s`', async (type) => {
    expect(await readObjectBody(post(bytes('{"a":1}'), type))).toMatchObject({ ok: true, value: { a: 1 } })
  })
  test.each([['text/html'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x']])('and not of %s', async (type) => {
    expect(words(await readBody(post('{}', type)))).toContain('is not JSON')
  })
  test('or empty, where nothing is needed', async () => {
    expect(await readBody(post('', 'application/x-www-form-urlencoded'))).toEqual({ ok: true, value: null })
    expect(await readObjectBody(post('  \n'))).toEqual({ ok: true, value: {} })
  })
  test('with or without a byte-order mark', () => {
    expect(parseBody(bytes('\ufeff{}')).ok).toBe(true)
  })
  test('and an object where one is expected', async () => {
    expect(words(await readObjectBody(post('[]')))).toContain('expected an object')
  })
})

describe('a malformed body is refused with its place', () => {
  test.each([
    ['{', 'at character 2: expected a member name in quotes, found the end'],
    ['{"a" 1}', 'at character 6: expected `:`, found `1`'],
    ['{"a":1,}', 'at character 8: expected a member name in quotes, found `}`'],
    ['{"a":1 "b":2}', 'at character 8: expected `,` or `}`, found `"`'],
    ['[1,]', 'at character 4: expected a value, found `]`'],
    ['[1 2]', 'at character 4: expected `,` or `]`, found `2`'],
    ['{} x', 'at character 4: expected the end, found `x`'],
    ['undefined', 'at character 1: expected a value, found `u`'],
    ['01', 'at character 2: expected the end, found `1`'],
    ['1e999', 'at character 1: the number is too large'],
    ['"a', 'at character 1: the text that starts here is not closed'],
    ['"\\x"', 'at character 1: the text that starts here is not closed'],
    ['"a\u0001"', 'holds a control character'],
    ['"\\u0000"', 'holds NUL'],
    ['"\\ud800"', 'half a character'],
    ['{"a":1,"a":2}', 'at character 8: the member `a` is given twice'],
    ['{"action":1,"Action":2}', 'at character 13: the member `Action` is given twice'],
  ])('%s', (text, detail) => {
    const result = parseBody(bytes(text))
    expect(result).toMatchObject({ ok: false, fault: { code: 'MalformedBody' } })
    expect(words(result)).toContain(detail)
  })
  test('when it is not UTF-8', () => {
    expect(words(parseBody(new Uint8Array([0x22, 0xff, 0x22])))).toContain('not valid UTF-8')
  })
})

describe('reading agrees with JSON.parse', () => {
  test('on every well-formed value without double names', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const result = parseBody(bytes(text))
        if (result.ok) expect(JSON.stringify(result.value)).toBe(JSON.stringify(JSON.parse(text)))
        else expect(words(result)).toMatch(/given twice|NUL|half/)
      }),
      { numRuns: 500 },
    )
  })
  test('and whatever JSON.parse refuses is refused here', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', '-', '.', 'e', 'true', 'null', '\\', 'u00', ' ', '"a"')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 20 }).map((parts) => parts.join('')),
    )
    const accepted = (it: string) => {
      try {
        JSON.parse(it)
        return true
      } catch {
        return false
      }
    }
    fc.assert(
      fc.property(text, (it) => !parseBody(bytes(it)).ok || it.trim() === '' || accepted(new TextDecoder().decode(bytes(it)))),
      { numRuns: 2000 },
    )
  })
  test('`__proto__` is a member like any other', () => {
    const result = parseBody(bytes('{"__proto__":{"admin":true}}'))
    const body = (result.ok ? result.value : null) as JsonObject
    expect((body as { admin?: unknown }).admin).toBeUndefined()
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
    expect(pick(body, '__proto__')).toEqual({ admin: true })
  })
})

describe('members', () => {
  const body: JsonObject = { RoleDefinitionId: 'x', nothing: null, id: '11111111-1111-1111-1111-11111111111A', n: 3 }
  test('are found in any case', () => {
    expect(pick(body, 'roleDefinitionId')).toBe('x')
    expect(pick(body, 'NOTHING')).toBe(null)
    expect(pick(body, 'constructor')).toBe(null)
  })
  test.each([
    ['text', readText({ A: 'x' }, 'a'), 'x'],
    ['absent', readText({}, 'a'), null],
    ['null', readGuid(body, 'nothing'), null],
    ['guid', readGuid(body, 'id'), '11111111-1111-1111-1111-11111111111a'],
    ['boolean', readBoolean({ a: false }, 'a'), false],
    ['boolean in words', readBoolean({ a: 'True' }, 'a'), true],
    ['whole number', readInteger(body, 'n'), 3],
    ['instant', readInstant({ a: '2026-01-01T00:00:00.1234567Z' }, 'a'), Date.UTC(2026, 0, 1, 0, 0, 0, 123)],
    ['empty instant', readInstant({ a: '' }, 'a'), null],
    ['duration', readDuration({ a: 'PT1H' }, 'a'), { months: 0, ms: 3_600_000 }],
    ['enum', readEnum({ a: 'ADMINassign' }, 'a', ['adminAssign', 'adminRemove']), 'adminAssign'],
    ['object', readObject({ a: { b: 1 } }, 'a'), { b: 1 }],
    ['list', readList({ a: [1] }, 'a'), [1]],
    ['texts', readTexts({ a: ['x'] }, 'a'), ['x']],
    ['objects', readObjects({ a: [{ b: 1 }] }, 'a'), [{ b: 1 }]],
    ['required', required(readText({ a: 'x' }, 'a'), 'a'), 'x'],
  ])('are read: %s', (_, result, value) => {
    expect(result).toEqual({ ok: true, value })
  })
  test.each([
    [readText({ a: 1 }, 'a'), '`a` is not a text of at most 8192 characters'],
    [readText({ a: 'x'.repeat(8193) }, 'a'), '`a` is not a text'],
    [readGuid({ a: 'x' }, 'a'), '`a` is not a GUID'],
    [readBoolean({ a: 'yes' }, 'a'), '`a` is not true or false'],
    [readInteger({ a: 1.5 }, 'a'), '`a` is not a whole number'],
    [readInstant({ a: 'soon' }, 'a'), '`soon` is not an ISO 8601 date-time'],
    [readInstant({ a: 5 }, 'a'), '`a` is not a text'],
    [readDuration({ a: '8h' }, 'a'), '`8h` is not an ISO 8601 duration'],
    [readEnum({ a: 'x' }, 'a', ['one', 'two']), '`a` is not one of one, two'],
    [readObject({ a: [] }, 'a'), '`a` is not an object'],
    [readList({ a: {} }, 'a'), '`a` is not a list'],
    [readTexts({ a: [1] }, 'a'), '`a` is not a list of texts'],
    [readObjects({ a: [[]] }, 'a'), '`a` is not a list of objects'],
    [required(readText({}, 'a'), 'a'), '`a` is required'],
  ])('are refused with their name: %#', (result, expected) => {
    expect(words(result)).toContain(expected)
  })
})
