// What an operator states to read a directory. The account that reads it is named here, never held: a variable or a file has its
// password. INVARIANT: no password crosses a network in the clear.

import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type Secret, secret } from '../../domain/secret.ts'

const name = z.string().trim().min(1).max(500)
const attribute = z.string().regex(/^[a-zA-Z][\w;.-]{0,99}$/)
// Whoever writes the settings may be far away, and has the directory of their own: the server's other secrets are never named here.
const secretRef = z.union([
  z.strictObject({ env: z.string().regex(/^STINT_SOURCE_\w{1,100}$/, 'a variable that begins with `STINT_SOURCE_`') }),
  z.strictObject({ file: z.string().regex(/^\/(?:[^\0]*\/)?[^/\0]+\.password$/, 'a file called `/….password`') }),
])
const LOOPBACK = /^ldap:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\/?$/i

const attributes = z.strictObject({
  userName: attribute.optional(),
  displayName: attribute.optional(),
  mail: attribute.optional(),
  givenName: attribute.optional(),
  surname: attribute.optional(),
  jobTitle: attribute.optional(),
  department: attribute.optional(),
  employeeId: attribute.optional(),
  manager: attribute.optional(),
})

const shape = z
  .strictObject({
    url: z.string().regex(/^ldaps?:\/\/[^/\s]+\/?$/i, 'an address such as `ldaps://dc1.contoso.com`'),
    /** Found out by asking, if left out. */
    dialect: z.enum(['ad', 'openldap']).optional(),
    /** Of `ldap://`: no TLS at all. On this machine only. */
    plain: z.boolean().default(false),
    /** The authority that signed the server's certificate; without it, those that Node trusts. */
    caFile: z.string().min(1).optional(),
    /** The name in the certificate, where it is not that of the address. */
    serverName: z.string().min(1).optional(),
    bindDn: name,
    password: secretRef,
    base: name,
    /** Where groups are, if elsewhere. */
    groupBase: name.optional(),
    userFilter: name.optional(),
    groupFilter: name.optional(),
    attributes: attributes.default({}),
    /** Whoever has this attribute may not act; with `disabledValue`, whoever has it with that value. */
    disabledAttribute: attribute.optional(),
    disabledValue: z.string().max(200).optional(),
    pageSize: z.int().min(2).max(5_000).default(500),
    connectMs: z.int().min(200).max(60_000).default(5_000),
    callMs: z.int().min(500).max(300_000).default(30_000),
    /** May people sign in with their password there? It counts as a password, no more. */
    signIn: z.boolean().default(false),
    // For whoever runs the readings.
    everySeconds: z.int().min(5).max(86_400).default(60),
    fullEverySeconds: z.int().min(60).max(2_592_000).default(86_400),
    gone: z.enum(['delete', 'disable']).default('delete'),
    brakeShare: z.number().min(0.01).max(1).default(0.2),
  })
  .refine((c) => !c.plain || LOOPBACK.test(c.url), {
    path: ['plain'],
    message: 'without TLS only on this machine: a password must not cross a network in the clear',
  })

export type LdapConfig = z.output<typeof shape>

/** Reads the settings of a source, or says what is wrong with them. Fault: `InvalidIdentitySource`. */
export function parseLdapConfig(raw: unknown): Result<LdapConfig> {
  const parsed = shape.safeParse(raw)
  if (parsed.success) return ok(parsed.data)
  const detail = parsed.error.issues.map((i) => `${i.path.join('.') || 'settings'}: ${i.message}`).join('; ')
  return refuse(fault('InvalidIdentitySource', { detail: detail.slice(0, 1_000) }))
}

export type Env = Readonly<Record<string, string | undefined>>

/** A file or a variable is not as the settings say: a person must put it there. */
export class NotConfigured extends Error {}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new NotConfigured(`\`${file}\` is not there or cannot be read`)
  }
}

/** The password as it is now: read anew for each reading, so that changing it needs no restart. */
export function readPassword(ref: LdapConfig['password'], env: Env): Secret {
  if ('env' in ref) {
    const value = env[ref.env]
    if (!value) throw new NotConfigured(`the environment has no \`${ref.env}\``)
    return secret(value)
  }
  const value = text(ref.file).replace(/\r?\n$/, '')
  if (statSync(ref.file).mode & 0o077) throw new NotConfigured(`\`${ref.file}\` can be read by others: make its mode 600`)
  if (value === '') throw new NotConfigured(`\`${ref.file}\` is empty`)
  return secret(value)
}

/** The certificate of the authority, where one is named. */
export const readCa = (c: LdapConfig): string | undefined => (c.caFile === undefined ? undefined : text(c.caFile))
