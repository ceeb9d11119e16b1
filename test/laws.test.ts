// The house rules, as data over the tree (design, section 11). They are for honest colleagues: types, constraints and the
// compiler carry the weight. A law that needs an exception names it here, with its reason.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { APPROVAL_TRANSITIONS } from '../src/domain/approval/approval.ts'
import { FAULTS } from '../src/domain/faults.ts'
import { RULE_KEYS } from '../src/domain/policy/rules.ts'
import { GRANT_TRANSITIONS } from '../src/domain/provisioning/grant.ts'
import { REQUEST_TRANSITIONS } from '../src/domain/request/machine.ts'
import { SCHEDULE_TRANSITIONS } from '../src/domain/schedule/machine.ts'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')

interface File {
  readonly path: string
  readonly text: string
}

const all: readonly File[] = ['src', 'test', 'bench', 'migrations']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
  // The client suite lays its tools down among the tests.
  .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

const source = all.filter((f) => f.path.startsWith('src/') && f.path.endsWith('.ts') && !f.path.endsWith('.test.ts'))
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
const offenders = (files: readonly File[], pattern: RegExp, allowed: readonly string[] = []) =>
  files.filter((f) => !allowed.includes(f.path) && pattern.test(withoutComments(f.text))).map((f) => f.path)

// Arrows only downwards: a room may import the listed rooms and itself (design, section 3).
const MATRIX: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  kql: [],
  contract: ['domain'],
  store: ['domain'],
  operations: ['domain', 'store'],
  connectors: ['domain'],
  channels: ['domain'],
  sources: ['domain'],
  worker: ['domain', 'operations', 'connectors', 'channels', 'sources'],
  http: ['domain', 'contract', 'operations'],
  cli: ['contract'],
  // The story of the demo plays on real servers: it starts one, and asks the other over the wire like anybody else.
  demo: ['contract', 'connectors', 'store'],
}

/** The composition root may import any room; these files of the CLI reach the house only through it. */
// demo.ts composes a second process and a governed database beside it: too much for server.ts, and no business of the CLI.
// errands.ts does what the machine's operator asks, beside what the server itself needs; emergency.ts and drill.ts what they ask when
// nothing else works.
const THROUGH_SERVER = ['src/server.ts', 'src/errands.ts', 'src/emergency.ts', 'src/drill.ts', 'src/config.ts', 'src/demo.ts']

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  contract: ['zod'],
  store: ['pg', 'node'],
  operations: ['yaml', 'csv-parse', '@node-rs/argon2', '@simplewebauthn/server', 'otpauth', 'node'],
  connectors: ['zod', 'pg', 'node'],
  sources: ['zod', 'ldapts', 'node'],
  worker: ['pino', 'node'],
  http: ['hono', '@hono/node-server', 'zod', 'jose', 'oidc-provider', 'openid-client', 'pino', 'uqr', 'node'],
  cli: ['commander', 'node'],
  demo: ['pg', 'node'],
}

const importsOf = (f: File) => [...f.text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map((m) => m[1] ?? '')
const packageOf = (name: string) =>
  name.startsWith('node:')
    ? 'node'
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')

describe('the house', () => {
  it.each(Object.keys(MATRIX))('%s imports only what the matrix allows', (room) => {
    const wrong = source
      .filter((f) => f.path.startsWith(`src/${room}/`))
      .flatMap((f) =>
        importsOf(f).flatMap((name) => {
          if (!name.startsWith('.')) return PACKAGES[room] && !PACKAGES[room].includes(packageOf(name)) ? [`${f.path} -> ${name}`] : []
          const target = relative(ROOT, resolve(ROOT, dirname(f.path), name))
          if (room === 'cli' && THROUGH_SERVER.includes(target)) return []
          const to = target.split('/')[1] ?? ''
          return to === room || MATRIX[room]?.includes(to) ? [] : [`${f.path} -> ${target}`]
        }),
      )
    expect(wrong).toEqual([])
  })

  it('law 1: only the door and the approval make requests', () => {
    expect(offenders(source, /insert into (?:requests|schedules)\b/, ['src/store/apply-sql.ts'])).toEqual([])
    expect(
      source
        .filter((f) => importsOf(f).some((n) => n.endsWith('request/decide.ts')))
        .map((f) => f.path)
        .sort(),
    ).toEqual(['src/domain/approval/extension.ts', 'src/operations/submit-request.ts'])
  })

  it('law 2: status is written in one place', () => {
    const writers = /update (?:requests|schedules|approvals)\b[^;]*set[^;]*status\s*=/i
    expect(offenders(source, writers, ['src/store/apply-sql.ts'])).toEqual([])
  })

  it('law 2: the legal transitions of the database are those of the machines', () => {
    const text = all
      .filter((f) => f.path.startsWith('migrations/'))
      .map((f) => f.text)
      .join('\n')
    const inDatabase = [...text.matchAll(/\('(request|schedule|approval|grant)', '(\w+)', '(\w+)'\)/g)]
      .map((m) => m.slice(1).join(' '))
      .sort()
    const machines = {
      request: REQUEST_TRANSITIONS,
      schedule: SCHEDULE_TRANSITIONS,
      approval: APPROVAL_TRANSITIONS,
      grant: GRANT_TRANSITIONS,
    }
    const inDomain = Object.entries(machines)
      .flatMap(([machine, table]) =>
        Object.entries(table).flatMap(([from, tos]) => (tos as readonly string[]).map((to) => `${machine} ${from} ${to}`)),
      )
      .sort()
    expect(inDatabase).toEqual(inDomain)
  })

  it('law 4: time, ids and chance are handed in', () => {
    const ambient = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\brandomUUID\b|\bperformance\.now\b/
    // The command line is another process, on another machine: when its token must be refreshed goes by its own clock.
    expect(offenders(source, ambient, ['src/server.ts', 'src/cli/clock.ts'])).toEqual([])
    expect(
      offenders(
        source,
        /clock_timestamp\(\)|\bnow\(\)(?=[^=]*`)/i,
        source
          .filter((f) => !f.path.startsWith('src/store/'))
          .map((f) => f.path)
          .concat('src/store/clock.ts'),
      ),
    ).toEqual([])
  })

  it('law 5: every fault code is raised somewhere, and provoked by a test', () => {
    const tests = all
      .filter((f) => f.path.endsWith('.test.ts') || f.path.startsWith('test/'))
      .map((f) => f.text)
      .join('\n')
    expect(Object.keys(FAULTS).filter((code) => !tests.includes(code))).toEqual([])
    const raisers = source.filter((f) => f.path !== 'src/domain/faults.ts' && !f.path.startsWith('src/contract/'))
    const raised = raisers.map((f) => withoutComments(f.text)).join('\n')
    expect(Object.keys(FAULTS).filter((code) => !new RegExp(`'${code}'`).test(raised))).toEqual([])
  })

  it('law 6: planes differ only in planes/ and http/', () => {
    const here = (f: File) => !f.path.startsWith('src/domain/planes/') && !f.path.startsWith('src/http/')
    expect(offenders(source.filter(here), /plane(?:\.id)?\s*(?:===|!==)\s*'(?:directory|resource|group)'/)).toEqual([])
    const importers = source.filter((f) => here(f) && importsOf(f).some((n) => /planes\/(?:directory|resource|group)\.ts$/.test(n)))
    expect(importers.map((f) => f.path)).toEqual([])
  })

  it('law 7: wire words stop at the door', () => {
    const inner = source.filter((f) => !f.path.startsWith('src/http/'))
    expect(offenders(inner, /'@odata|'accessId'|'directoryScopeId'/)).toEqual([])
  })

  it('law 9: one judgement: only evaluate runs the checks', () => {
    const importers = source.filter((f) => !f.path.includes('/policy/checks/') && importsOf(f).some((n) => n.includes('/checks/')))
    expect(importers.map((f) => f.path).sort()).toEqual(['src/domain/policy/evaluate.ts'])
  })

  it('law 18: small files, no barrels, no default exports, no enums', () => {
    const long = all.filter((f) => f.path.endsWith('.ts') && f.text.split('\n').length > 301).map((f) => f.path)
    expect(long).toEqual([])
    expect(offenders(source, /^export default|^export \* from|^(?:export )?(?:const )?enum /m)).toEqual([])
  })

  it('a policy has exactly the 17 standard rules', () => {
    expect(RULE_KEYS.map((k) => k.id)).toMatchInlineSnapshot(`
      [
        "Expiration_Admin_Eligibility",
        "Enablement_Admin_Eligibility",
        "Notification_Admin_Admin_Eligibility",
        "Notification_Requestor_Admin_Eligibility",
        "Notification_Approver_Admin_Eligibility",
        "Expiration_Admin_Assignment",
        "Enablement_Admin_Assignment",
        "Notification_Admin_Admin_Assignment",
        "Notification_Requestor_Admin_Assignment",
        "Notification_Approver_Admin_Assignment",
        "Expiration_EndUser_Assignment",
        "Enablement_EndUser_Assignment",
        "Approval_EndUser_Assignment",
        "AuthenticationContext_EndUser_Assignment",
        "Notification_Admin_EndUser_Assignment",
        "Notification_Requestor_EndUser_Assignment",
        "Notification_Approver_EndUser_Assignment",
      ]
    `)
  })

  it('the lock names no address', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toContain('"resolved"')
  })
})
