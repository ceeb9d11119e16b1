// The part of oidc-provider 9.13.3 that we use: it comes without types, and the published ones are of another release.

declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface ProviderAdapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn: number): Promise<void>
    find(id: string): Promise<Record<string, unknown> | undefined>
    findByUid(uid: string): Promise<Record<string, unknown> | undefined>
    findByUserCode(code: string): Promise<Record<string, unknown> | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface OidcClient {
    readonly clientId: string
    readonly clientName?: string
    readonly is_public?: boolean
    grantTypeAllowed(type: string): boolean
  }

  export interface OidcAccount {
    readonly accountId: string
    claims(use: string, scope: string): Promise<Record<string, unknown>> | Record<string, unknown>
  }

  /** An authorization code, a device code, a refresh token. */
  export interface OidcSource {
    readonly accountId?: string
    readonly amr?: readonly string[]
    readonly authTime?: number
    readonly scope?: string
    readonly resource?: string | readonly string[]
    readonly params?: Readonly<Record<string, unknown>>
    readonly iat?: number
    readonly grantId?: string
  }

  export interface OidcToken {
    readonly kind: string
    readonly expiration: number
    scope?: string
    resourceServer?: unknown
    save(): Promise<string>
  }

  export interface OidcContext {
    readonly oidc: {
      readonly client?: OidcClient
      readonly params?: Readonly<Record<string, unknown>>
      readonly entities: Readonly<Record<string, unknown>>
      readonly result?: { readonly login?: { readonly session?: string } }
      readonly session?: { readonly accountId?: string }
      readonly account?: OidcAccount
      entity(name: string, value: unknown): void
    }
    type: string
    status: number
    body: unknown
  }

  export interface OidcInteraction {
    readonly uid: string
    readonly params: Readonly<Record<string, unknown>>
    readonly deviceCode?: string
  }

  interface Model<T> {
    // biome-ignore lint/suspicious/noExplicitAny: each model takes what it keeps
    new (input: any): T
  }

  export interface OidcGrant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, setup: object)
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: 'error', listener: (error: Error) => void): this
    on(event: string, listener: (ctx: OidcContext, error: Error) => void): this
    registerGrantType(name: string, handler: (ctx: OidcContext) => Promise<void>, params: readonly string[]): void
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<OidcInteraction>
    interactionResult(request: IncomingMessage, response: ServerResponse, result: object): Promise<string>
    readonly Grant: Model<OidcGrant>
    readonly AccessToken: Model<OidcToken>
    readonly RefreshToken: Model<OidcToken>
    readonly ResourceServer: Model<unknown> & { new (identifier: string, info: object): unknown }
    readonly IdToken: {
      new (claims: object, at: { readonly ctx: OidcContext }): { scope: string; issue(options: { use: 'idtoken' }): Promise<string> }
    }
  }

  export const errors: {
    readonly InvalidTarget: new (description?: string) => Error
    readonly InvalidGrant: new (description?: string) => Error
    readonly CustomOIDCProviderError: new (error: string, description?: string) => Error
  }

  export const interactionPolicy: {
    readonly Prompt: new (prompt: { readonly name: string; readonly requestable: boolean }, ...checks: unknown[]) => unknown
    readonly Check: new (reason: string, description: string, check: (ctx: OidcContext) => boolean) => unknown
  }
}
