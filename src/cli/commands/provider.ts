// `stint provider`: identity providers that people may sign in with, what their words are worth here, and who is whom there.

import { Command, InvalidArgumentError } from 'commander'
import type { Input, Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { EXIT, Stop } from '../exit.ts'
import { answer, table, when, withJson } from '../output.ts'
import { oneLine } from '../printable.ts'
import { readSecretOnce } from '../secret-input.ts'

type Provider = Output<'identityProvider'>
type Given = Partial<Input<'changeIdentityProvider'>['body']>
interface Json {
  readonly json?: boolean
}

const many = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
]

type Pair = readonly [string, string]

/** `a=b`, as often as wanted, parted where told: what a provider says may hold a `=` itself. */
const pairs =
  (cutOf: (value: string) => number) =>
  (value: string, before: readonly Pair[] = []): readonly Pair[] => {
    const cut = cutOf(value)
    if (cut <= 0) throw new InvalidArgumentError('expected `name=value`')
    return [...before, [value.slice(0, cut), value.slice(cut + 1)]]
  }
/** Ours comes first, or last. */
const ourFirst = pairs((value) => value.indexOf('='))
const ourLast = pairs((value) => value.lastIndexOf('='))

type Pairs = readonly Pair[]
interface Options extends Json {
  readonly displayName?: string
  readonly clientId?: string
  readonly clientAuth?: 'basic' | 'post' | 'none'
  readonly scope?: readonly string[]
  readonly acr?: Pairs
  readonly amr?: Pairs
  readonly ask?: Pairs
  readonly device?: Pairs
  readonly createPeople?: string
  readonly domain?: readonly string[]
  readonly groupsClaim?: string
  readonly group?: Pairs
  readonly secret?: boolean
  readonly enable?: boolean
  readonly disable?: boolean
}

const STRENGTHS = ['mfa', 'phishingResistant', 'passkey'] as const
type Strength = (typeof STRENGTHS)[number]

function strengths(given: Pairs): Record<string, Strength> {
  return Object.fromEntries(
    given.map(([value, word]) => {
      const found = STRENGTHS.find((one) => one === word)
      if (!found) throw new Stop(EXIT.usage, `\`${word}\` is no strength: ${STRENGTHS.join(', ')}`)
      return [value, found]
    }),
  )
}

/** Contexts by what is asked for each; several values of one are tried in their order. */
function asked(given: Pairs): Record<string, string[]> {
  const contexts: Record<string, string[]> = {}
  for (const [context, value] of given) contexts[context] = [...(contexts[context] ?? []), value]
  return contexts
}

/** What the flags say, and nothing of what they do not. `none` empties what can be empty. */
function settingsOf(o: Options): Given {
  const [device] = o.device ?? []
  return {
    ...(o.displayName === undefined ? {} : { displayName: o.displayName }),
    ...(o.clientAuth === undefined ? {} : { clientAuth: o.clientAuth }),
    ...(o.scope === undefined ? {} : { scopes: [...o.scope] }),
    ...(o.acr === undefined ? {} : { acr: strengths(o.acr) }),
    ...(o.amr === undefined ? {} : { amr: strengths(o.amr) }),
    ...(o.ask === undefined ? {} : { contexts: asked(o.ask) }),
    ...(device === undefined ? {} : { device: { claim: device[0], value: device[1] } }),
    ...(o.createPeople === undefined
      ? {}
      : { createPeople: o.createPeople === 'none' ? null : { claim: o.createPeople, domains: [...(o.domain ?? [])] } }),
    ...(o.groupsClaim === undefined
      ? {}
      : { groups: o.groupsClaim === 'none' ? null : { claim: o.groupsClaim, names: Object.fromEntries(o.group ?? []) } }),
  }
}

const withSettings = (command: Command): Command =>
  command
    .option('--display-name <name>', 'what the sign-in page calls it')
    .option('--client-auth <basic|post|none>', 'how our secret is shown to it')
    .option('--scope <scopes>', 'asked for beside `openid`', many)
    .option('--acr <value=strength>', 'what a value of `acr` is worth: mfa, phishingResistant, passkey', ourLast)
    .option('--amr <value=strength>', 'what a value of `amr` is worth', ourLast)
    .option('--ask <context=value>', 'the `acr_values` to ask for where a context is wanted, such as `c1=phr`', ourFirst)
    .option('--device <claim=value>', 'the claim that says that the device complies', ourFirst)
    .option('--create-people <claim>', 'make people on first sight, called by this claim; `none` ends that')
    .option('--domain <domains>', 'the domains they may be made in', many)
    .option('--groups-claim <claim>', "the claim that names somebody's groups; `none` ends that")
    .option('--group <value=name>', 'the group here that a value of it stands for', ourLast)

const about = (p: Provider): string =>
  [
    `${p.name}${p.enabled ? '' : ' (turned off)'}: ${p.displayName}`,
    `id            ${p.id}`,
    `issuer        ${p.issuer}`,
    `client id     ${p.clientId} (${p.clientAuth})`,
    `redirect URI  ${p.redirectUri}`,
    `scopes        openid ${p.scopes.join(' ')}`,
    ...Object.entries(p.acr).map(([value, strength]) => `acr           ${value} is ${strength}`),
    ...Object.entries(p.amr).map(([value, strength]) => `amr           ${value} is ${strength}`),
    ...Object.entries(p.contexts).map(([id, values]) => `for ${id.padEnd(9)} ask for ${values.join(' ')}`),
    ...(p.device ? [`device        complies where ${p.device.claim} is ${p.device.value}`] : []),
    ...(p.createPeople ? [`makes people  called by ${p.createPeople.claim}, in ${p.createPeople.domains.join(', ')}`] : []),
    ...Object.entries(p.groups?.names ?? {}).map(([value, name]) => `group         ${value} is ${name}`),
  ]
    .map(oneLine)
    .join('\n')

const command = (name: string, words: string) => {
  const [word = '', ...taken] = name.split(' ')
  const one = withJson(new Command(word)).description(words).exitOverride()
  return taken.length > 0 ? one.arguments(taken.join(' ')) : one
}

const secretOf = (): Promise<string> => readSecretOnce('client secret')

const add = () =>
  withSettings(command('add <name>', 'add a provider; its client secret is read from standard input'))
    .requiredOption('--issuer <url>', 'its issuer, exactly as its discovery document names it')
    .requiredOption('--client-id <id>', 'what we are called there')
    .action(async (name: string, o: Options & { issuer: string; clientId: string }) => {
      const secret = o.clientAuth === 'none' ? null : await secretOf()
      const body = { ...settingsOf(o), name, issuer: o.issuer, clientId: o.clientId, secret }
      const made = await talking((client) => client.addIdentityProvider({ body }))
      answer(o, made, () => `${about(made)}\nnext: register the redirect URI there, then stint provider test ${made.name}`)
    })

const set = () =>
  withSettings(command('set <provider>', 'change a provider; a list that is given replaces the one before'))
    .option('--client-id <id>', 'what we are called there')
    .option('--secret', 'read a new client secret from standard input')
    .option('--enable', 'offer it on the sign-in page')
    .option('--disable', 'offer it no longer, and end what was signed in by it')
    .action(async (id: string, o: Options) => {
      const body = {
        ...settingsOf(o),
        ...(o.clientId === undefined ? {} : { clientId: o.clientId }),
        ...(o.enable || o.disable ? { enabled: o.enable === true } : {}),
        ...(o.secret ? { secret: await secretOf() } : {}),
      }
      const changed = await talking((client) => client.changeIdentityProvider({ params: { id }, body }))
      answer(o, changed, () => about(changed))
    })

const list = () =>
  command('list', 'identity providers').action(async (o: Json) => {
    const page = await talking((client) => client.identityProviders())
    const row = (p: Provider) => [p.name, p.displayName, p.issuer, p.enabled ? 'offered' : 'turned off']
    answer(o, page, () =>
      page.items.length === 0 ? 'no identity providers' : table(['NAME', 'CALLED', 'ISSUER', 'STATE'], page.items.map(row)),
    )
  })

const show = () =>
  command('show <provider>', 'one provider').action(async (id: string, o: Json) => {
    const found = await talking((client) => client.identityProvider({ params: { id } }))
    answer(o, found, () => about(found))
  })

const remove = () =>
  command('remove <provider>', 'remove a provider and its links; what was signed in by it ends').action(async (id: string, o: Json) => {
    const gone = await talking((client) => client.removeIdentityProvider({ params: { id } }))
    answer(o, gone, () => `removed ${gone.id}`)
  })

const test = () =>
  command('test <provider>', 'ask a provider for its discovery document and its keys').action(async (id: string, o: Json) => {
    const found = await talking((client) => client.testIdentityProvider({ params: { id } }))
    answer(o, found, () =>
      [`${found.issuer} answers, with ${found.keys} keys`, `acr values  ${found.acrValues.join(', ') || 'it names none'}`, ...found.doubts]
        .map(oneLine)
        .join('\n'),
    )
  })

const link = () =>
  command('link <provider> <person>', 'say who a subject of the provider is here')
    .requiredOption('--subject <text>', 'the `sub` that the provider knows the person by')
    .action(async (id: string, principal: string, o: { subject: string } & Json) => {
      const made = await talking((client) => client.linkIdentity({ params: { id }, body: { principal, subject: o.subject } }))
      answer(o, made, () => `linked ${principal}`)
    })

const unlink = () =>
  command('unlink <provider>', 'take a link away; what was signed in by it ends')
    .requiredOption('--subject <text>', 'the `sub` that the provider knows the person by')
    .action(async (id: string, o: { subject: string } & Json) => {
      const gone = await talking((client) => client.unlinkIdentity({ params: { id }, body: { subject: o.subject } }))
      answer(o, gone, () => `unlinked ${gone.id}`)
    })

const links = () =>
  command('links <provider>', 'who is whom at a provider').action(async (id: string, o: Json) => {
    const page = await talking((client) => client.identityLinks({ params: { id }, query: { limit: 100 } }))
    const row = (l: (typeof page.items)[number]) => [l.subject, l.principal.upn ?? l.principal.displayName, when(l.lastUsedAt, 'never')]
    answer(o, page, () => (page.items.length === 0 ? 'nobody' : table(['SUBJECT', 'PERSON', 'LAST USED'], page.items.map(row))))
  })

export const providerCommand = () =>
  [add(), list(), show(), set(), remove(), test(), link(), unlink(), links()].reduce(
    (all, one) => all.addCommand(one),
    new Command('provider').description('identity providers that people may sign in with'),
  )
