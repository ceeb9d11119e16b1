// `stint source`: where people and groups come from by themselves.

import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { EXIT, Stop } from '../exit.ts'
import { answer, progress, table, when, withJson } from '../output.ts'
import { oneLine } from '../printable.ts'

interface Json {
  readonly json?: boolean
}
type Source = Output<'changeSource'>
type Counts = Output<'importSource'>['counts']

function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 730) throw new InvalidArgumentError('expected 1 to 730 days')
  return days
}

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw new Stop(EXIT.usage, `the file \`${path}\` cannot be read`)
  })

async function settingsOf(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {}
  const text = await read(path)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw new Stop(EXIT.usage, `\`${path}\` holds no JSON object`)
}

const did = (c: Counts): string => {
  const parts = Object.entries(c).flatMap(([name, n]) => (n > 0 ? [`${n} ${name}`] : []))
  return parts.length > 0 ? parts.join(', ') : 'nothing changed'
}

const findingRows = (findings: Source['findings']) =>
  findings.length === 0
    ? []
    : [
        table(
          ['WHAT', 'NAME', 'ID THERE', 'FINDING'],
          findings.map((f) => [f.kind, f.name, f.externalId, f.words]),
        ),
      ]

const about = (s: Source): readonly string[] => [
  `${oneLine(s.name)}${s.enabled ? '' : ' (disabled)'}`,
  `id        ${s.id}`,
  `kind      ${s.kind}${s.adopt ? ', adopts whom it finds here' : ''}`,
  ...(s.lastAt === null
    ? []
    : [`last run  ${when(s.lastAt)}${s.lastRun ? `: ${did(s.lastRun)}${s.lastRun.dryRun ? ' (rehearsed)' : ''}` : ''}`]),
  ...(s.lastError === null ? [] : [`failed    ${oneLine(s.lastError)}`]),
  ...(s.findingCount === 0 ? [] : [`findings  ${s.findingCount}`]),
  ...findingRows(s.findings),
]

/** `name` with the arguments it takes. */
function command(name: string, description: string) {
  const [word = '', ...taken] = name.split(' ')
  const made = withJson(new Command(word)).description(description).exitOverride()
  return taken.length === 0 ? made : made.arguments(taken.join(' '))
}

const add = () =>
  command('add <kind> <name>', 'add a source: `scim` is pushed to us, `ldap` is read, `csv` is imported')
    .option('--settings <file>', 'its settings, as JSON: docs/identities.md has them')
    .option('--adopt', 'it may take over people and groups that it finds here under the same name')
    .action(async (kind: string, name: string, o: { settings?: string; adopt?: boolean } & Json) => {
      if (kind !== 'scim' && kind !== 'ldap' && kind !== 'csv') throw new Stop(EXIT.usage, 'a source is `scim`, `ldap` or `csv`')
      const settings = await settingsOf(o.settings)
      const made = await talking((client) => client.createSource({ body: { kind, name, adopt: o.adopt === true, settings } }))
      const next = {
        scim: `stint source token ${name}`,
        ldap: `stint source sync ${name}`,
        csv: `stint source import ${name} --file people.csv --dry-run`,
      }
      answer(o, made, () => [...about(made), `next: ${next[kind]}`].join('\n'))
    })

const list = () =>
  command('list', 'sources').action(async (o: Json) => {
    const page = await talking((client) => client.sources({ query: { limit: 100 } }))
    const row = (s: Source) => [
      s.name,
      s.kind,
      s.enabled ? 'enabled' : 'disabled',
      when(s.lastAt, ''),
      s.lastError ?? `${s.findingCount} findings`,
    ]
    answer(o, page, () =>
      page.items.length === 0 ? 'no sources' : table(['NAME', 'KIND', 'STATE', 'LAST RUN', 'SAYS'], page.items.map(row)),
    )
  })

const show = () =>
  command('show <source>', 'one source: whom it keeps, its last run, what could not be taken over, its tokens').action(
    async (id: string, o: Json) => {
      const found = await talking((client) => client.source({ params: { id } }))
      answer(o, found, () =>
        [
          ...about(found),
          `keeps     ${found.kept.users} people, ${found.kept.groups} groups, ${found.kept.members} memberships`,
          ...(found.tokens.length === 0
            ? []
            : [
                table(
                  ['TOKEN', 'BEGINS', 'ENDS', 'REVOKED'],
                  found.tokens.map((t) => [t.id, `${t.hint}…`, when(t.endsAt), when(t.revokedAt, '')]),
                ),
              ]),
        ].join('\n'),
      )
    },
  )

const change = () =>
  command('set <source>', 'change a source')
    .option('--settings <file>', 'its new settings, as JSON')
    .option('--adopt', 'it may take over whom it finds here')
    .option('--no-adopt', 'it may not')
    .option('--enable', 'it writes again')
    .option('--disable', 'it writes nothing, and its tokens open nothing')
    .action(async (id: string, o: { settings?: string; adopt?: boolean; enable?: boolean; disable?: boolean } & Json) => {
      const body = {
        ...(o.settings === undefined ? {} : { settings: await settingsOf(o.settings) }),
        ...(o.adopt === undefined ? {} : { adopt: o.adopt }),
        ...(o.enable ? { enabled: true } : o.disable ? { enabled: false } : {}),
      }
      const changed = await talking((client) => client.changeSource({ params: { id }, body }))
      answer(o, changed, () => about(changed).join('\n'))
    })

const token = () =>
  command('token <source>', 'make a token for a source that pushes; it is shown once')
    .option('--days <number>', 'how long it holds', daysOf, 365)
    .action(async (id: string, o: { days: number } & Json) => {
      const made = await talking((client) => client.addSourceToken({ params: { id }, body: { days: o.days } }))
      answer(
        o,
        made,
        () =>
          `token  ${made.token}\nid     ${made.id}\nends   ${when(made.endsAt)}\nit is not shown again; the address to push to ends in /scim/v2`,
      )
    })

const revoke = () =>
  command('revoke-token <source> <token>', 'end a token at once').action(async (id: string, its: string, o: Json) => {
    const gone = await talking((client) => client.revokeSourceToken({ params: { id }, body: { token: its } }))
    answer(o, gone, () => `revoked ${gone.id}`)
  })

const PATIENCE_MS = 30 * 60_000
const LOOK_MS = 500

async function untilRead(id: string, before: string | null): Promise<Source> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    const now = await talking((client) => client.source({ params: { id } }))
    if (now.lastAt !== null && now.lastAt !== before) return now
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
  throw new Stop(EXIT.broken, 'the directory is still being read: look again with `stint source show`')
}

const sync = () =>
  command('sync <source>', 'read a directory now')
    .option('--full', 'everything, not only what changed')
    .option('--dry-run', 'tell what would change, and write nothing')
    .option('--override', 'go on, this once, although many would be lost')
    .action(async (id: string, o: { full?: boolean; dryRun?: boolean; override?: boolean } & Json) => {
      const body = { full: o.full === true, dryRun: o.dryRun === true, override: o.override === true }
      const { lastAt } = await talking((client) => client.source({ params: { id } }))
      await talking((client) => client.syncSource({ params: { id }, body }))
      progress('reading')
      const done = await untilRead(id, lastAt)
      answer(o, done, () => about(done).join('\n'))
      if (done.lastError !== null) throw new Stop(EXIT.refused, done.lastError)
    })

const importFile = () =>
  command('import <source>', 'import a file of people, whole or not at all')
    .requiredOption('--file <file>', 'a CSV with a heading')
    .option('--dry-run', 'tell what would change, and write nothing')
    .option('--override', 'go on although many would be lost')
    .action(async (id: string, o: { file: string; dryRun?: boolean; override?: boolean } & Json) => {
      const body = { text: await read(o.file), dryRun: o.dryRun === true, override: o.override === true }
      const done = await talking((client) => client.importSource({ params: { id }, body }))
      answer(o, done, () => [`${done.dryRun ? 'would be: ' : ''}${did(done.counts)}`, ...findingRows(done.findings)].join('\n'))
    })

const why = () =>
  command('why [person]', 'what sources did to somebody, latest first; to yourself if nobody is named').action(
    async (person: string | undefined, o: Json) => {
      const done = await talking((client) => client.doneBySources({ query: person === undefined ? {} : { person } }))
      const row = (d: (typeof done.items)[number]) => [when(d.at), d.source, d.action, d.reason ?? '']
      answer(o, done, () =>
        done.items.length === 0 ? 'no source did anything' : table(['WHEN', 'SOURCE', 'WHAT', 'WHY'], done.items.map(row)),
      )
    },
  )

const remove = () =>
  command('remove <source>', 'take a source away; whom it kept stays').action(async (id: string, o: Json) => {
    const gone = await talking((client) => client.removeSource({ params: { id } }))
    answer(o, gone, () => `removed ${gone.id}; whom it kept stays as they are`)
  })

export const sourceCommand = () => {
  const source = new Command('source').description('where people and groups come from by themselves')
  for (const one of [add, list, show, change, token, revoke, sync, importFile, why, remove]) source.addCommand(one())
  return source
}
