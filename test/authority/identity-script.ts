// `@azure/identity` by secret and by certificate, in a process that trusts the test's authority.

import { ClientCertificateCredential, ClientSecretCredential } from '@azure/identity'
import { cell } from '../support/client-child.ts'

const { url, tenant, clientId, secret, pem } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>
const options = { authorityHost: url!, disableInstanceDiscovery: true }
const scopes = ['https://graph.microsoft.com/.default', 'https://management.azure.com/.default', `${url}/.default`]

for (const name of [tenant!, 'contoso.com'])
  await cell(`secret under ${name}`, async () => {
    const credential = new ClientSecretCredential(name, clientId!, secret!, options)
    const tokens = await Promise.all(scopes.map((scope) => credential.getToken(scope)))
    return tokens.map(({ token }) => token.length).join(' ')
  })
await cell('certificate, three resources at once, twice', async () => {
  const credential = new ClientCertificateCredential(tenant!, clientId!, { certificate: pem! }, options)
  for (const _ of [1, 2]) await Promise.all(scopes.map((scope) => credential.getToken(scope)))
  const again = new ClientCertificateCredential(tenant!, clientId!, { certificate: pem! }, options)
  await Promise.all([again.getToken(scopes[0]!), again.getToken(scopes[0]!)])
  return 'all'
})
await cell('a wrong secret', async () => {
  const error = await new ClientSecretCredential(tenant!, clientId!, 'wrong', options).getToken(scopes[0]!).catch((e: Error) => e)
  if (!(error instanceof Error) || !error.message.includes('AADSTS7000215')) throw new Error(`expected AADSTS7000215, got ${error}`)
  return 'AADSTS7000215'
})
