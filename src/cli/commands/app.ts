// `stint app`: programs that sign in, their secrets and their permissions.

import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { EXIT, Stop } from '../exit.ts'
import { answer, table, when, withJson } from '../output.ts'
import { oneLine } from '../printable.ts'

type App = Output<'app'>
interface Json {
  readonly json?: boolean
}

const many = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
]

function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 730) throw new InvalidArgumentError('expected 1 to 730 days')
  return days
}

const fileOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw new Stop(EXIT.usage, `the file \`${path}\` cannot be read`)
  })

function keysOf(text: string): { keys: Record<string, unknown>[] } {
  try {
    return JSON.parse(text) as { keys: Record<string, unknown>[] }
  } catch {
    throw new Stop(EXIT.usage, 'the key set is no JSON')
  }
}

const about = (a: App): string =>
  [
    `${oneLine(a.displayName)}${a.enabled ? '' : ' (disabled)'}`,
    `client id     ${a.appId}`,
    `principal     ${a.principalId}`,
    `kind          ${a.publicClient ? 'public' : 'confidential'}${a.passwordGrant ? ', may send passwords' : ''}`,
    `redirects     ${a.redirectUris.map(oneLine).join(' ') || 'none'}`,
    `application   ${a.application.join(' ') || 'none'}`,
    `delegated     ${a.delegated.join(' ') || 'none'}`,
    ...(a.credentials.length === 0
      ? ['no credentials']
      : [
          table(
            ['CREDENTIAL', 'KIND', 'NAME', 'KNOWN BY', 'ENDS'],
            a.credentials.map((c) => [
              c.id,
              c.kind,
              c.name,
              c.hint ? `${c.hint}…` : (c.thumbprint ?? `${c.issuer} ${c.subject}`),
              when(c.endsAt, ''),
            ]),
          ),
        ]),
  ].join('\n')

/** `name` with the arguments it takes. */
function command(name: string, description: string) {
  const [word = '', ...taken] = name.split(' ')
  const made = withJson(new Command(word)).description(description).exitOverride()
  return taken.length === 0 ? made : made.arguments(taken.join(' '))
}

const create = () =>
  command('create <name>', 'register an application, with a service principal of its own')
    .option('--principal <who>', 'an existing service principal instead of a new one')
    .option('--public', 'it acts for people and holds no secret of its own')
    .option('--password-grant', 'it may send the passwords of accounts marked for it')
    .option('--redirect <uri>', 'where codes may be sent; repeat for more', many, [])
    .option('--permission <name>', 'an application permission; repeat for more', many, [])
    .option('--delegated <name>', 'a permission to act for people; repeat for more', many, [])
    .action(async (name: string, o: Record<string, unknown> & Json) => {
      const body = {
        name,
        ...(o.principal === undefined ? {} : { principal: String(o.principal) }),
        publicClient: o.public === true,
        passwordGrant: o.passwordGrant === true,
        redirectUris: o.redirect as string[],
        application: o.permission as string[],
        delegated: o.delegated as string[],
      }
      const made = await talking((client) => client.createApp({ body }))
      answer(o, made, () => `${about(made)}\nnext: stint app secret add ${made.appId}`)
    })

const list = () =>
  command('list', 'applications')
    .option('--limit <number>', 'at most so many', Number, 100)
    .action(async (o: { limit: number } & Json) => {
      const page = await talking((client) => client.apps({ query: { limit: o.limit } }))
      const row = (a: (typeof page.items)[number]) => [a.appId, a.displayName, a.publicClient ? 'public' : 'confidential']
      answer(o, page, () => (page.items.length === 0 ? 'no applications' : table(['CLIENT ID', 'NAME', 'KIND'], page.items.map(row))))
    })

const show = () =>
  command('show <app>', 'one application, by client id or name').action(async (id: string, o: Json) => {
    const found = await talking((client) => client.app({ params: { id } }))
    answer(o, found, () => about(found))
  })

const remove = () =>
  command('delete <app>', 'remove an application; what it holds ends at once').action(async (id: string, o: Json) => {
    const gone = await talking((client) => client.removeApp({ params: { id } }))
    answer(o, gone, () => `removed ${gone.appId}`)
  })

const removeOne = (kind: string) =>
  command('remove <app> <id>', `take a ${kind} away`).action(async (id: string, credential: string, o: Json) => {
    const gone = await talking((client) => client.removeCredential({ params: { id }, body: { credential } }))
    answer(o, gone, () => `removed ${gone.id}`)
  })

const secret = () =>
  new Command('secret')
    .description('secrets of an application')
    .exitOverride()
    .addCommand(
      command('add <app>', 'make a secret; it is shown once')
        .option('--name <name>', 'what it is for', '')
        .option('--days <number>', 'how long it holds', daysOf, 180)
        .action(async (id: string, o: { name: string; days: number } & Json) => {
          const made = await talking((client) => client.addSecret({ params: { id }, body: { name: o.name, days: o.days } }))
          answer(
            o,
            made,
            () => `client id  ${made.appId}\nsecret     ${made.secret}\nends       ${when(made.endsAt)}\nit is not shown again`,
          )
        }),
    )
    .addCommand(removeOne('secret'))

const certificate = () =>
  new Command('certificate')
    .description('certificates of an application')
    .exitOverride()
    .addCommand(
      command('add <app> <file>', 'register a certificate, PEM, without its private key')
        .option('--name <name>', 'what it is for', '')
        .action(async (id: string, file: string, o: { name: string } & Json) => {
          const pem = await fileOf(file)
          const made = await talking((client) => client.addCertificate({ params: { id }, body: { name: o.name, pem } }))
          answer(o, made, () => `added ${made.id}, which ends ${when(made.endsAt)}`)
        }),
    )
    .addCommand(removeOne('certificate'))

const federated = () =>
  new Command('federated')
    .description('somebody else’s assertions that an application may sign in with')
    .exitOverride()
    .addCommand(
      command('add <app>', 'trust an issuer about one subject')
        .requiredOption('--issuer <url>', 'who issues the assertions')
        .requiredOption('--subject <text>', 'whom they must be about')
        .option('--audience <text>', 'whom they must be for', 'api://AzureADTokenExchange')
        .option('--keys <file>', 'its key set, JSON; otherwise fetched from the issuer')
        .option('--name <name>', 'what it is for', '')
        .action(async (id: string, o: Record<'issuer' | 'subject' | 'audience' | 'name', string> & { keys?: string } & Json) => {
          const keys = o.keys === undefined ? {} : { keys: keysOf(await fileOf(o.keys)) }
          const body = { name: o.name, issuer: o.issuer, subject: o.subject, audience: o.audience, ...keys }
          const made = await talking((client) => client.addFederated({ params: { id }, body }))
          answer(o, made, () => `added ${made.id}`)
        }),
    )
    .addCommand(removeOne('federated credential'))

const change = (verb: 'add' | 'remove', words: string) =>
  command(`${verb} <app> <permission...>`, words)
    .option('--delegated', 'to act for people, instead of by itself')
    .action(async (id: string, names: string[], o: { delegated?: boolean } & Json) => {
      const kind = o.delegated ? ('delegated' as const) : ('application' as const)
      const changed = await talking((client) => client.changePermissions({ params: { id }, body: { kind, [verb]: names } }))
      answer(o, changed, () => about(changed))
    })

const permission = () =>
  new Command('permission')
    .description('what an application may do')
    .exitOverride()
    .addCommand(change('add', 'give permissions such as RoleManagement.ReadWrite.Directory'))
    .addCommand(change('remove', 'take permissions away'))

export const appCommand = () =>
  [create(), list(), show(), remove(), secret(), certificate(), federated(), permission()].reduce(
    (all, one) => all.addCommand(one),
    new Command('app').description('programs that sign in: their secrets, certificates and permissions'),
  )
