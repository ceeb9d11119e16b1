// Drives `@azure/identity`, as it is published, through every way a script signs in, and the ARM and Graph clients with what it got.
// Started by the test beside it.

import { AuthorizationManagementClient } from '@azure/arm-authorization'
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  type TokenCredential,
  UsernamePasswordCredential,
} from '@azure/identity'
import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { cell } from '../support/client-child.ts'
import { signInOnPages } from '../support/pages.ts'

interface Task {
  readonly url: string
  readonly ca: string
  readonly tenant: string
  readonly domain: string
  readonly program: { readonly appId: string; readonly secret: string; readonly principalId: string }
  readonly certificate: string
  readonly assertion: string
  readonly people: string
  readonly who: string
  readonly password: string
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task
const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'
const AT = { authorityHost: task.url, disableInstanceDiscovery: true }
const { appId, secret } = task.program

const arm = (credential: TokenCredential) =>
  new AuthorizationManagementClient(credential, SUBSCRIPTION, {
    endpoint: task.url,
    $host: task.url,
    credentialScopes: [`${task.url}/.default`],
  })
const graph = (credential: TokenCredential) =>
  Client.initWithMiddleware({
    baseUrl: `${task.url}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(task.url).hostname]),
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: [`${task.url}/.default`] }),
  })

/** The name of the first role at the subscription, and who the token speaks for. */
async function seen(credential: TokenCredential): Promise<string> {
  for await (const role of arm(credential).roleDefinitions.list(`subscriptions/${SUBSCRIPTION}`, { filter: "roleName eq 'Reader'" }))
    return `${role.roleName} as ${await owner(credential)}`
  throw new Error('no role was listed')
}

async function owner(credential: TokenCredential): Promise<string> {
  const { token } = (await credential.getToken(`${task.url}/.default`)) ?? { token: '' }
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return claims.upn ?? claims.appid
}

const asProgram = new ClientSecretCredential(task.tenant, appId, secret, AT)

await cell('secret', () => seen(asProgram))
await cell('secret, the tenant by its domain', () => seen(new ClientSecretCredential(task.domain, appId, secret, AT)))
await cell('secret, each resource in its own name', async () => {
  const scopes = [
    'https://management.azure.com/.default',
    'https://management.core.windows.net//.default',
    'https://graph.microsoft.com/.default',
  ]
  for (const scope of scopes) await asProgram.getToken(scope)
  return scopes.length.toString()
})
await cell('secret, the Graph client', async () => {
  const { value } = await graph(asProgram).api('/users').filter("userPrincipalName eq 'engineer@contoso.com'").get()
  if (value[0]?.displayName !== 'Erin Engineer') throw new Error(JSON.stringify(value))
  return value[0].displayName
})
await cell('a wrong secret is refused in words', async () => {
  const refused = await new ClientSecretCredential(task.tenant, appId, `${secret}x`, AT)
    .getToken(`${task.url}/.default`)
    .catch((e: Error) => e)
  if (!(refused instanceof Error && refused.message.includes('AADSTS7000215'))) throw new Error(String(refused))
  return 'AADSTS7000215'
})
await cell('an unknown resource is refused in words', async () => {
  const refused = await asProgram.getToken('https://vault.azure.net/.default').catch((e: Error) => e)
  if (!(refused instanceof Error && refused.message.includes('AADSTS500011'))) throw new Error(String(refused))
  return 'AADSTS500011'
})
await cell('certificate', () => seen(new ClientCertificateCredential(task.tenant, appId, { certificatePath: task.certificate }, AT)))
await cell('federated assertion', () => seen(new ClientAssertionCredential(task.tenant, appId, async () => task.assertion, AT)))
await cell('user name and password', () => seen(new UsernamePasswordCredential(task.tenant, task.people, task.who, task.password, AT)))
await cell('device code', () => {
  const walk = ({ verificationUri, userCode }: { verificationUri: string; userCode: string }) => {
    signInOnPages(task.ca, verificationUri, { who: task.who, password: task.password, code: userCode }).catch((error) => {
      console.error(`at ${verificationUri}: ${error}`)
    })
  }
  return seen(new DeviceCodeCredential({ ...AT, tenantId: task.tenant, clientId: task.people, userPromptCallback: walk }))
})

/** Activates a role; refused with a challenge, signs in with its claims and sends the same again. */
async function challenged(credential: TokenCredential, role: string): Promise<string> {
  const scope = 'https://graph.microsoft.com/.default'
  const me = JSON.parse(Buffer.from((await credential.getToken(scope))!.token.split('.')[1]!, 'base64url').toString()).oid
  const body = JSON.stringify({
    ...{ action: 'selfActivate', principalId: me, roleDefinitionId: role, directoryScopeId: '/', justification: 'to see' },
    scheduleInfo: { startDateTime: new Date().toISOString(), expiration: { type: 'AfterDuration', duration: 'PT1H' } },
  })
  const send = async (claims?: string) => {
    const token = await credential.getToken(scope, claims === undefined ? {} : { claims })
    const headers = { authorization: `Bearer ${token?.token}`, 'content-type': 'application/json' }
    const url = `${task.url}/v1.0/roleManagement/directory/roleAssignmentScheduleRequests`
    return fetch(url, { method: 'POST', headers, body })
  }
  const refused = await send()
  const claims = /claims=([^"]+)/.exec(await refused.text())?.[1]
  if (refused.status !== 400 || !claims) throw new Error(`expected a challenge, got ${refused.status}`)
  const done = await send(decodeURIComponent(claims))
  if (done.status !== 201) throw new Error(`${done.status}: ${await done.text()}`)
  return '400, then 201'
}

await cell('a claims challenge, by password', () =>
  challenged(new UsernamePasswordCredential(task.tenant, task.people, task.who, task.password, AT), '4a5d8f65-41da-4de4-8968-e035b65339cf'),
)
await cell('a claims challenge, by device code', () => {
  const walk = ({ verificationUri, userCode }: { verificationUri: string; userCode: string }) => {
    signInOnPages(task.ca, verificationUri, { who: task.who, password: task.password, code: userCode }).catch(console.error)
  }
  const credential = new DeviceCodeCredential({ ...AT, tenantId: task.tenant, clientId: task.people, userPromptCallback: walk })
  return challenged(credential, '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b')
})
