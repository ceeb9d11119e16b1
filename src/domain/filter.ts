// A neutral filter tree for lists. The doors parse their own dialects into it; the store turns it into SQL.
// Names are Graph's property names; `path` is the chain of names, as in `initiatedBy/user/id`.

export type Literal = string | number | boolean | null

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
export type TextMatch = 'startswith' | 'endswith' | 'contains'

export type Filter =
  | { readonly t: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly t: 'not'; readonly of: Filter }
  | { readonly t: 'compare'; readonly op: Comparison; readonly path: readonly string[]; readonly value: Literal }
  | { readonly t: 'in'; readonly path: readonly string[]; readonly values: readonly Literal[] }
  | { readonly t: 'text'; readonly op: TextMatch; readonly path: readonly string[]; readonly value: string }
  | { readonly t: 'any' | 'all'; readonly path: readonly string[]; readonly of: Filter | null }
  /** A function of the dialect that stands alone, such as ARM's `asTarget()` or `assignedTo('…')`. */
  | { readonly t: 'call'; readonly name: string; readonly args: readonly Literal[] }

/** What a list is searched by: texts in named properties, or in the ones that a list searches by default. */
export type Search =
  | { readonly t: 'and' | 'or'; readonly of: readonly Search[] }
  | { readonly t: 'not'; readonly of: Search }
  | { readonly t: 'term'; readonly property: string | null; readonly text: string }
