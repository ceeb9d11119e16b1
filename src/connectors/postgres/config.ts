// What an operator states to govern a PostgreSQL server. Secrets are named here, never held: a file or a variable has them (D31).

import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { fault } from '../../domain/faults.ts'
import type { Deps } from '../../domain/provisioning/connector.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type Secret, secret } from '../../domain/secret.ts'

const secretRef = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\/.*)$/

const config = z
  .strictObject({
    /** A host name, an address, or a folder with the server's socket. */
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(5432),
    /** The database that holds the schema `stint`; roles are the whole server's. Use one and the same for one server. */
    database: z.string().min(1).max(63),
    user: z.string().min(1).max(63),
    password: secretRef,
    tls: z.enum(['verify-full', 'disable']).default('verify-full'),
    /** The authority that signed the server's certificate; without it, those that Node trusts. */
    caFile: z.string().min(1).optional(),
    /** The end of patience with any one call. */
    callMs: z.int().min(500).max(60_000).default(5000),
    connections: z.int().min(1).max(16).default(4),
  })
  .refine((c) => c.tls === 'verify-full' || LOOPBACK.test(c.host), {
    path: ['tls'],
    message: '`disable` is for this machine only: a password must not cross a network in the clear',
  })

export type PostgresConfig = z.output<typeof config>

export const postgresSchema: unknown = z.toJSONSchema(config, { io: 'input' })

/** Reads the configuration, or says what is wrong with it. */
export function parsePostgresConfig(raw: unknown): Result<PostgresConfig> {
  const parsed = config.safeParse(raw)
  if (parsed.success) return ok(parsed.data)
  const detail = parsed.error.issues.map((i) => `${i.path.join('.') || 'configuration'}: ${i.message}`).join('; ')
  return refuse(fault('MalformedBody', { detail }))
}

/** The password as it is now: read anew for every connection, so that rotating it needs no restart. */
export function readSecret(ref: PostgresConfig['password'], env: Deps['env']): Secret {
  if ('env' in ref) {
    const value = env[ref.env]
    if (!value) throw new SecretMissing(`the environment has no \`${ref.env}\``)
    return secret(value)
  }
  const mode = stat(ref.file)
  if (mode & 0o077) throw new SecretMissing(`\`${ref.file}\` can be read by others: make its mode 600`)
  return secret(readFileSync(ref.file, 'utf8').replace(/\r?\n$/, ''))
}

/** The authority's certificate, for a server whose certificate Node would not trust by itself. */
export function readCertificate(file: string): string {
  stat(file)
  return readFileSync(file, 'utf8')
}

function stat(file: string): number {
  try {
    return statSync(file).mode
  } catch {
    throw new SecretMissing(`\`${file}\` is not there or cannot be read`)
  }
}

/** A file or variable that is not as the configuration says: a person must put it there. */
export class SecretMissing extends Error {}
