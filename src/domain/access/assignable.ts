// Where a role can be assigned: at the scopes its definition names, and below them.

/** Is the scope, or one above it, among those that a role can be assigned at? */
export const assignableAt = (scope: string, ancestors: readonly string[], assignable: readonly string[]): boolean =>
  assignable.some((a) => a === '/' || a.toLowerCase() === scope.toLowerCase() || ancestors.some((x) => x.toLowerCase() === a.toLowerCase()))
