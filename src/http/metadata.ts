// `/metadata/endpoints`: where a cloud's doors are, in the three shapes that clients read (contract reference 15.3; clients, section 2).
// Not named `AzureCloud`: clients replace the login host of that one. Addresses in lower case: az compares them by prefix.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

const CLOUD = 'StintCloud'

const KNOWN = ['1.0', '2015-01-01', '2019-05-01', '2020-06-01', '2022-09-01'] as const

function cloudOf(origin: string, tenantId: string) {
  const at = `${origin}/`
  const { host, hostname } = new URL(origin)
  return {
    name: CLOUD,
    portal: at,
    // The first one is the audience that tools ask tokens for.
    authentication: {
      loginEndpoint: origin,
      audiences: [at, 'https://management.core.windows.net/', 'https://management.azure.com/'],
      tenant: tenantId,
      identityProvider: 'AAD',
    },
    resourceManager: at,
    graph: at,
    graphAudience: at,
    microsoftGraphResourceId: at,
    gallery: at,
    media: at,
    batch: at,
    sqlManagement: at,
    vmImageAliasDoc: '',
    activeDirectoryDataLake: '',
    logAnalyticsResourceId: '',
    ossrDbmsResourceId: '',
    attestationResourceId: '',
    synapseAnalyticsResourceId: '',
    // Services that do not exist here; clients want the names and never use them.
    suffixes: {
      keyVaultDns: `vault.${hostname}`,
      storage: `storage.${hostname}`,
      sqlServerHostname: `sql.${hostname}`,
      acrLoginServer: `acr.${hostname}`,
      azureDataLakeStoreFileSystem: `datalake.${host}`,
    },
  }
}

/** The answer for an api-version. Faults: `MissingApiVersionParameter`, `InvalidApiVersionParameter`. */
export function cloudMetadata(origin: string, tenantId: string, version: string | undefined): Result<object> {
  if (version === undefined || version === '') return refuse(fault('MissingApiVersionParameter'))
  const cloud = cloudOf(origin.toLowerCase(), tenantId)
  switch (version as (typeof KNOWN)[number]) {
    case '1.0':
    case '2015-01-01': {
      const { loginEndpoint, audiences } = cloud.authentication
      return ok({
        galleryEndpoint: cloud.gallery,
        graphEndpoint: cloud.graph,
        portalEndpoint: cloud.portal,
        authentication: { loginEndpoint, audiences },
      })
    }
    case '2019-05-01':
    case '2020-06-01':
      return ok([cloud])
    case '2022-09-01':
      return ok(cloud)
    default:
      return refuse(fault('InvalidApiVersionParameter', { value: version.slice(0, 50), known: KNOWN.join(', ') }))
  }
}
