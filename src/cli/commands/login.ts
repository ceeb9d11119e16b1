// `stint login`, `stint logout`, `stint whoami`: signing in as oneself, in a browser or with a code.

import { Command } from 'commander'
import { createClient } from '../../contract/client.ts'
import { talking } from '../client.ts'
import { login } from '../login.ts'
import { answer, withJson } from '../output.ts'
import { currentUrl, forgetSignIn, session } from '../session.ts'

interface Json {
  readonly json?: boolean
}

export const loginCommand = () =>
  withJson(new Command('login'))
    .description('sign in: in the browser, or with `--device` by a code that is typed in anywhere')
    .argument('[url]', 'the server (STINT_URL, else the one last used)')
    .option('--device', 'by a code, where this machine has no browser')
    .option('--no-open', 'only print the address')
    .option('--claims <json>', 'what a refusal said to sign in with')
    .action(
      async (url: string | undefined, { device, open, claims, json }: { device?: boolean; open: boolean; claims?: string } & Json) => {
        const at = (url ?? (await currentUrl())).replace(/\/$/, '')
        const { as } = await login(at, { device: device === true, open, claims: claims ?? null })
        answer({ ...(json ? { json } : {}) }, { url: at, as }, () => `signed in as ${as} at ${at}`)
      },
    )

export const logoutCommand = () =>
  withJson(new Command('logout'))
    .description('end the sign-in of this machine, at the server too')
    .action(async ({ json }: Json) => {
      const url = await currentUrl()
      // A sign-in that has ended there, or a server that is gone, keeps nobody from forgetting it here.
      const ended = await session()
        .then(({ token }) => createClient({ baseUrl: url, token, fetch }).signOut())
        .then(
          () => true,
          () => false,
        )
      const as = await forgetSignIn(url)
      const words = as === null ? `nobody was signed in at ${url}` : `signed out ${as} at ${url}`
      answer({ ...(json ? { json } : {}) }, { url, as, ended }, () =>
        as === null || ended ? words : `${words}, here only: the server was not told`,
      )
    })

export const whoamiCommand = () =>
  withJson(new Command('whoami'))
    .description('who the commands act as, and how that was proved')
    .action(async ({ json }: Json) => {
      const url = await currentUrl()
      const me = await talking((client) => client.me())
      answer({ ...(json ? { json } : {}) }, { url, ...me }, () =>
        [
          `${me.displayName} (${me.upn ?? me.id}) at ${url}`,
          `tenant    ${me.tenant.displayName}`,
          `proof     ${me.amr.join(', ') || 'none'}`,
          `contexts  ${me.acrs.join(', ') || 'none'}`,
        ].join('\n'),
      )
    })
