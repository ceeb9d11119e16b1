// Cuts a request path into decoded segments, safely: what could mean another path to somebody else on the way is
// refused (encoded slashes, `..`, control characters), what is merely untidy is tidied (doubled and trailing slashes).

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

const MAX_PATH = 8_192
const MAX_SEGMENTS = 64

const bad = (detail: string) => refuse(fault('InvalidPath', { detail }))

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/\\]|%(?:2f|5c|00|2e)/i

/** The decoded segments of a path, empty ones left out. Never throws. */
export function segmentsOf(pathname: string): Result<readonly string[]> {
  if (pathname.length > MAX_PATH) return bad(`it is longer than ${MAX_PATH} characters`)
  const parts = pathname.split('/').filter((part) => part !== '')
  if (parts.length > MAX_SEGMENTS) return bad(`it has more than ${MAX_SEGMENTS} segments`)
  const segments: string[] = []
  for (const part of parts) {
    const text = decode(part)
    if (text === null) return bad(`segment ${segments.length + 1} is not valid percent-encoded UTF-8`)
    if (FORBIDDEN.test(text)) return bad(`segment ${segments.length + 1} holds a slash or a control character`)
    if (/^\.*$/.test(text.trim())) return bad(`segment ${segments.length + 1} is blank or a relative step`)
    segments.push(text)
  }
  return ok(segments)
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
