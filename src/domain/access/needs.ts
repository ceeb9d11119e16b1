// What a caller must hold. A need is data, judged in `authority.ts` against what the caller holds right now. `permissions` are the
// application permissions that stand in for it, where they are not those of its kind.

export type Authority =
  /** Any of these directory roles, active at the tenant's root. */
  | {
      readonly t: 'directoryRole'
      readonly roles: readonly string[]
      readonly label: string
      readonly reads?: boolean
      readonly permissions?: readonly string[]
    }
  /** A resource role at or above the scope whose actions allow this. */
  | { readonly t: 'action'; readonly action: string; readonly reads?: boolean }
  /** One of these directory roles, or active ownership of the group. */
  | {
      readonly t: 'groupManager'
      readonly roles: readonly string[]
      readonly label: string
      readonly reads?: boolean
      readonly permissions?: readonly string[]
    }
