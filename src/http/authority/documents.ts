// What clients read before they sign in: discovery, instance discovery, user realm. Every address begins with our own (D28).

import type { Tenant } from '../../operations/context.ts'

interface About {
  readonly origin: string
  readonly tenant: Tenant
  readonly issuer: string
  readonly alg: string
}

const paths = (name: string, v2: boolean) => {
  // The `adfs` form has no versions, and clients build its addresses themselves.
  const version = name !== 'adfs' && v2 ? '/v2.0' : ''
  return (endpoint: string) => `/${name}/oauth2${version}/${endpoint}`
}

/** The discovery document under one of the tenant's names: its addresses keep that name, its issuer is always the same. */
export function discoveryDocument({ origin, tenant, issuer, alg }: About, name: string, v2: boolean): object {
  const at = paths(name, v2)
  const keys = name === 'adfs' ? '/adfs/discovery/keys' : `/${name}/discovery/${v2 ? 'v2.0/' : ''}keys`
  return {
    issuer,
    authorization_endpoint: `${origin}${at('authorize')}`,
    token_endpoint: `${origin}${at('token')}`,
    device_authorization_endpoint: `${origin}${at('devicecode')}`,
    end_session_endpoint: `${origin}${at('logout')}`,
    jwks_uri: `${origin}${keys}`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [alg],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256', 'PS256', 'ES256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'oid', 'tid', 'upn', 'preferred_username', 'name', 'nonce'],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    authorization_response_iss_parameter_supported: true,
    tenant_region_scope: null,
    cloud_instance_name: new URL(origin).host,
    cloud_graph_host_name: new URL(origin).host,
    msgraph_host: new URL(origin).host,
    tenant_id: tenant.id,
  }
}

/** Instance discovery: which hosts are one authority. Ours is one alone; clients leave the port out when they ask. */
export function instanceDocument(origin: string, authorizationEndpoint: string | undefined, tenantId: string): object {
  const { host, hostname } = new URL(origin)
  const asked = authorizationEndpoint !== undefined && URL.canParse(authorizationEndpoint) ? new URL(authorizationEndpoint) : null
  const [, name = tenantId] = asked && asked.hostname === hostname ? asked.pathname.split('/') : []
  const safe = /^[\w.-]{1,100}$/.test(name) ? name : tenantId
  return {
    tenant_discovery_endpoint: `${origin}/${safe}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [...new Set([host, hostname])] }],
  }
}

/** User realm: always a managed account, whoever is asked about, so that nobody learns who exists. */
export const realmDocument = (origin: string, upn: string): object => ({
  ver: '1.0',
  account_type: 'Managed',
  domain_name: upn.includes('@') ? upn.slice(upn.lastIndexOf('@') + 1).toLowerCase() : '',
  cloud_instance_name: new URL(origin).host,
  cloud_audience_urn: 'urn:federation:MicrosoftOnline',
})
