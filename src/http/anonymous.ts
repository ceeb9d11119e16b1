// All that is answered without a token (D27). A test walks the routes and holds this list.

export const ANONYMOUS: readonly string[] = ['GET /healthz', 'GET /readyz', 'GET /api/v1/keys']

/**
 * The authority's doors: whoever asks for a token has none yet. They judge what is shown to them by themselves; a test holds that
 * these are all of them. `:name` is one of the tenant's names.
 */
export const AUTHORITY: readonly string[] = [
  'GET /:name/v2.0/.well-known/openid-configuration',
  'GET /:name/.well-known/openid-configuration',
  'GET /:name/discovery/v2.0/keys',
  'GET /:name/discovery/keys',
  'GET /:name/discovery/instance',
  'GET /:name/userrealm/:upn',
  'POST /:name/oauth2/v2.0/token',
  'POST /:name/oauth2/v2.0/devicecode',
  'GET /:name/oauth2/v2.0/authorize',
  'GET /:name/oauth2/v2.0/logout',
  'POST /:name/oauth2/token',
  'POST /:name/oauth2/devicecode',
  'GET /:name/oauth2/authorize',
  'GET /:name/oauth2/logout',
  'GET /metadata/endpoints',
  'GET //metadata/endpoints',
  'GET /authority/authorize/:uid',
  'GET /authority/device',
  'POST /authority/device',
  'GET /authority/device/:uid',
  'GET /authority/passkey.js',
  'GET /authority/sign-in/:uid',
  'POST /authority/sign-in/:uid',
  'GET /authority/sign-in/:uid/external',
  'GET /authority/sign-in/:uid/external/:provider',
  'GET /authority/callback/:provider',
]

/** The account's own pages, which a session's cookie opens, and enrolment, which a one-time link does. */
export const PAGES: readonly string[] = [
  'GET /account',
  'GET /account/passkey',
  'GET /account/sign-in',
  'POST /account/sign-in',
  'GET /account/recover',
  'POST /account/recover',
  'POST /account/add-passkey',
  'POST /account/rename-passkey',
  'POST /account/remove-passkey',
  'POST /account/generator',
  'POST /account/confirm-generator',
  'POST /account/remove-generator',
  'POST /account/password',
  'POST /account/recovery-codes',
  'POST /account/end-session',
  'POST /account/end-others',
  'POST /account/sign-out',
  'GET /enrol',
  'POST /enrol',
  'POST /enrol/passkey',
  'POST /enrol/password',
  'POST /enrol/code',
  'GET /enrol/:token',
]
