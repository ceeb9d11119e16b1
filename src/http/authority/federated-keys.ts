// The key set of an issuer that an application trusts: fetched over https by its discovery document, bounded in time and size, never
// through a redirect, and kept for a few minutes. INVARIANT: only addresses an administrator registered, and what those name.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type Instant, MINUTE } from '../../domain/time.ts'

export interface KeySet {
  readonly keys: readonly object[]
}

const PATIENCE_MS = 5_000
const MAX_BYTES = 64 * 1024
const KEPT_MS = 5 * MINUTE
/** A failure is remembered too, so that a dead issuer is not asked for each of its assertions. */
const FAILED_MS = MINUTE / 4
const MOST = 100

const kept = new Map<string, { readonly until: Instant; readonly answer: Promise<Result<KeySet>> }>()

const wrong = (detail: string) => refuse(fault('WrongAssertion', { detail }))

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { accept: 'application/json' },
    credentials: 'omit',
  })
  if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error('too large')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

const isHttps = (url: unknown): url is string => typeof url === 'string' && URL.canParse(url) && new URL(url).protocol === 'https:'

async function ask(issuer: string): Promise<Result<KeySet>> {
  try {
    const document = (await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)) as Record<string, unknown> | null
    // A document that speaks for somebody else is a mix-up (RFC 8414, 3.3).
    if (document?.issuer !== issuer || !isHttps(document.jwks_uri)) return wrong('its issuer’s discovery document does not fit')
    const set = (await getJson(document.jwks_uri)) as KeySet | null
    return Array.isArray(set?.keys) ? ok({ keys: set.keys.slice(0, 50) }) : wrong('its issuer shows no keys')
  } catch {
    return wrong('its issuer’s keys cannot be read')
  }
}

/** The keys of an issuer. Fault: `WrongAssertion`. */
export async function fetchKeys(issuer: string, now: () => Instant): Promise<Result<KeySet>> {
  const held = kept.get(issuer)
  if (held && held.until > now()) return held.answer
  if (kept.size >= MOST) kept.clear()
  const answer = ask(issuer)
  kept.set(issuer, { until: now() + KEPT_MS, answer })
  const result = await answer
  if (!result.ok) kept.set(issuer, { until: now() + FAILED_MS, answer })
  return result
}
