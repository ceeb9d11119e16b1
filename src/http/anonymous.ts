// All that is answered without a token (D27). A test walks the routes and holds this list.

export const ANONYMOUS: readonly string[] = ['GET /healthz', 'GET /readyz', 'GET /api/v1/keys']
