// One schema for the environment and the flags, read once. Each flag is an environment variable too; a flag wins.
// INVARIANT: nothing listens beyond loopback without TLS, unless a trusted proxy in front of it is named (D28).

import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { parseDuration } from './domain/time.ts'

const word = z.string().trim().min(1)
const truth = z.union([z.boolean(), z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no', ''] })])
const port = z.coerce.number().int().min(0).max(65_535)

const address = word.refine(
  (text) => {
    const [ip, bits, ...rest] = text.split('/')
    const family = isIP(ip ?? '')
    const most = family === 4 ? 32 : 128
    return family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  },
  { error: 'expected addresses such as `10.0.0.7` or `10.0.0.0/8`, separated by commas' },
)

const url = word.refine((text) => /^https?:\/\/[^/?#@]+\/?$/.test(text) && URL.canParse(text), {
  error: 'expected an address such as `https://pim.contoso.com`, without a path',
})

const milliseconds = word.transform((text, issue) => {
  const length = parseDuration(text)
  if (length.ok && length.value.months === 0 && length.value.ms > 0) return length.value.ms
  issue.addIssue({ code: 'custom', message: 'expected an ISO 8601 duration such as `PT5M`' })
  return z.NEVER
})

// The keys are the flags' names as commander gives them.
const shape = z.object({
  port: port.default(7080),
  host: word.default('127.0.0.1'),
  publicUrl: url.optional(),
  data: word.default('data'),
  databaseUrl: word.optional(),
  tlsCert: word.optional(),
  tlsKey: word.optional(),
  sample: truth.default(false),
  json: truth.default(false),
  runAs: word.optional(),
  trustedProxies: z.array(address).default([]),
  shortestStint: milliseconds.default(5 * 60_000),
  signingKeyFile: word.optional(),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})

export type Config = z.output<typeof shape>

/** Where each setting is found in the environment. */
// biome-ignore format: a table
export const VARIABLES = {
  port:           'STINT_PORT',
  host:           'STINT_HOST',
  publicUrl:      'STINT_PUBLIC_URL',
  data:           'STINT_DATA',
  databaseUrl:    'DATABASE_URL',
  tlsCert:        'STINT_TLS_CERT',
  tlsKey:         'STINT_TLS_KEY',
  sample:         'STINT_SAMPLE',
  json:           'STINT_JSON',
  runAs:          'STINT_RUN_AS',
  trustedProxies: 'STINT_TRUSTED_PROXIES',
  shortestStint:  'STINT_SHORTEST_STINT',
  signingKeyFile: 'STINT_SIGNING_KEY_FILE',
  logLevel:       'STINT_LOG_LEVEL',
} as const satisfies Record<keyof Config, string>

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

/** Is the host this machine only? A name other than `localhost` may mean anything, so it counts as beyond. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === 'localhost') return true
  const family = isIP(bare)
  if (family === 0) return false
  const own = new BlockList()
  own.addSubnet('127.0.0.0', 8, 'ipv4')
  own.addAddress('::1', 'ipv6')
  return own.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** What is wrong with settings that are each right by themselves. */
function contradictions(c: Config): readonly string[] {
  const problems: string[] = []
  if ((c.tlsCert === undefined) !== (c.tlsKey === undefined)) problems.push('`--tls-cert` and `--tls-key` go together: give both or none')
  if (!isLoopback(c.host) && c.tlsCert === undefined && c.trustedProxies.length === 0)
    problems.push(
      `listening on \`${c.host}\` without TLS is refused: give \`--tls-cert\` and \`--tls-key\`, or name the proxy in front with \`STINT_TRUSTED_PROXIES\``,
    )
  return problems
}

export type Read = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] }

/** Reads flags over environment. Everything that is wrong is told at once, with the name it can be set by. */
export function readConfig(flags: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string | undefined>>): Read {
  const given: Record<string, unknown> = {}
  for (const [name, variable] of Object.entries(VARIABLES)) {
    // An empty variable is one that is not set: that is how compose files and units leave one out.
    const value = flags[name] ?? (env[variable] || undefined)
    if (value !== undefined) given[name] = name === 'trustedProxies' && typeof value === 'string' ? value.split(',') : value
  }
  const parsed = shape.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0])
      return `\`${flagOf(name)}\` (${VARIABLES[name as keyof Config]}): ${issue.message}`
    })
    return { ok: false, problems }
  }
  const problems = contradictions(parsed.data)
  return problems.length === 0 ? { ok: true, config: parsed.data } : { ok: false, problems }
}
