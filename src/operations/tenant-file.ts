// A tenant as a file (`version: stint/v0`): read, checked, names resolved to ids. What is wrong is told all at once,
// with the path of the field; a file that is half right is not loaded.

import { parseDocument } from 'yaml'
import { fault } from '../domain/faults.ts'
import type { Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import {
  addressesOf,
  type FileResource,
  type Names,
  type PrincipalRef,
  principal,
  principalsOf,
  privilege,
  resourcesOf,
} from './tenant-file-names.ts'
import { tenantFileShape, type WrittenSetting, type WrittenTenant } from './tenant-file-sections.ts'
import { problem } from './tenant-file-shape.ts'

type Written<K extends keyof WrittenTenant> = WrittenTenant[K] extends readonly (infer T)[] ? T : WrittenTenant[K]

export interface FilePerson extends Omit<Written<'people'>, 'manager' | 'aliases'> {
  /** All addresses but the upn: aliases of the file and the same name in the tenant's other domains. */
  readonly aliases: readonly string[]
  readonly managerId: string | null
}

export interface FileGroup extends Omit<Written<'groups'>, 'members' | 'owners'> {
  readonly members: readonly PrincipalRef[]
  readonly owners: readonly PrincipalRef[]
}

export interface FileAssignment {
  readonly principal: PrincipalRef
  readonly privilege: Privilege
  readonly level: 'eligible' | 'active'
  /** ISO 8601, counted from the load; null is permanent. */
  readonly end: string | null
  /** `outside` is found in place when the tenant is loaded, and flagged so. */
  readonly source: 'assigned' | 'outside'
  readonly justification: string | null
}

/** Null everywhere means: the default of the plane. */
export interface FileSetting extends Omit<WrittenSetting, 'plane' | 'role' | 'scope' | 'activation'> {
  readonly privilege: Privilege
  readonly activation: FileActivation | null
}

export interface FileActivation extends Omit<NonNullable<WrittenSetting['activation']>, 'approval'> {
  /** Null means that no approval is needed. */
  readonly approvers: readonly PrincipalRef[] | null
}

export interface FileTarget extends Omit<Written<'targets'>, 'entitlements' | 'accounts'> {
  readonly entitlements: readonly { readonly name: string; readonly privilege: Privilege }[]
  readonly accounts: readonly { readonly personId: string; readonly account: string }[]
}

export interface TenantFile {
  readonly tenant: Written<'tenant'>
  readonly authenticationContexts: readonly Written<'authenticationContexts'>[]
  readonly people: readonly FilePerson[]
  readonly servicePrincipals: readonly Written<'servicePrincipals'>[]
  readonly groups: readonly FileGroup[]
  /** Parents before children. */
  readonly resources: readonly FileResource[]
  readonly assignments: readonly FileAssignment[]
  readonly settings: readonly FileSetting[]
  readonly targets: readonly FileTarget[]
}

const MAX_TOLD = 20

/** Reads a tenant file. Never throws. */
export function parseTenantFile(text: string): Result<TenantFile> {
  const problems: string[] = []
  const value = yamlValue(text, problems)
  const written = problems.length === 0 ? tenantFileShape(value, '', problems) : undefined
  const file = written && resolve(written, problems)
  if (file && problems.length === 0) return ok(file)
  const more = problems.length > MAX_TOLD ? [`and ${problems.length - MAX_TOLD} more`] : []
  return refuse(fault('InvalidTenantFile', { detail: [...problems.slice(0, MAX_TOLD), ...more].join('; ') }))
}

function yamlValue(text: string, problems: string[]): unknown {
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true, logLevel: 'silent' })
    problems.push(...document.errors.map(({ message }) => message.split('\n', 1)[0]!.replace(/:$/, '')))
    return problems.length === 0 ? document.toJS({ maxAliasCount: 100 }) : undefined
  } catch (error) {
    // The reader throws where aliases would multiply beyond measure, or point nowhere.
    if (!(error instanceof Error)) throw error
    return problem(problems, '', `plain YAML (${error.message})`)
  }
}

function resolve(written: WrittenTenant, problems: string[]): TenantFile {
  const names: Names = { principals: principalsOf(written, problems), resources: resourcesOf(written.resources, problems) }
  const contexts = new Set(written.authenticationContexts.map(({ id }) => id))
  return {
    tenant: written.tenant,
    authenticationContexts: written.authenticationContexts,
    people: written.people.map((person, i) => personOf(names, person, written.tenant.domains, `people[${i}]`, problems)),
    servicePrincipals: written.servicePrincipals,
    groups: written.groups.map((group, i) => groupOf(names, group, `groups[${i}]`, problems)),
    resources: [...names.resources.values()],
    assignments: each(written.assignments, (a, i) => assignmentOf(names, a, `assignments[${i}]`, problems)),
    settings: each(written.settings, (s, i) => settingOf(names, s, contexts, `settings[${i}]`, problems)),
    targets: written.targets.map((target, i) => targetOf(names, target, `targets[${i}]`, problems)),
  }
}

/** What could not be resolved is left out: its problem is noted, and the file refused as a whole. */
const each = <A, B>(items: readonly A[], convert: (item: A, i: number) => B | undefined): readonly B[] =>
  items.flatMap((item, i) => convert(item, i) ?? [])

function personOf(names: Names, written: Written<'people'>, domains: readonly string[], path: string, problems: string[]): FilePerson {
  const { manager, ...person } = written
  const aliases = addressesOf(written, domains).filter((address) => address !== person.upn)
  const found = manager === null ? null : principal(names, manager, ['user'], `${path}.manager`, problems)
  if (found?.id === person.id) problem(problems, `${path}.manager`, 'somebody else')
  return { ...person, aliases, managerId: found?.id ?? null }
}

function groupOf(names: Names, written: Written<'groups'>, path: string, problems: string[]): FileGroup {
  const members = each(written.members, (name, i) =>
    principal(names, name, ['user', 'group', 'servicePrincipal'], `${path}.members[${i}]`, problems),
  )
  const owners = each(written.owners, (name, i) => principal(names, name, ['user', 'servicePrincipal'], `${path}.owners[${i}]`, problems))
  return { ...written, members, owners }
}

function assignmentOf(names: Names, written: Written<'assignments'>, path: string, problems: string[]): FileAssignment | undefined {
  const { level, end, source, justification } = written
  // Service principals cannot activate, so they are never eligible (contract reference, section 3.3).
  const kinds = level === 'eligible' ? (['user', 'group'] as const) : (['user', 'group', 'servicePrincipal'] as const)
  const who = principal(names, written.principal, kinds, `${path}.principal`, problems)
  const what = privilege(names, written, path, problems)
  if (source === 'outside' && level === 'eligible')
    return problem(problems, `${path}.source`, '`assigned`, for eligibility exists only here')
  return who && what && { principal: who, privilege: what, level, end, source, justification }
}

function settingOf(
  names: Names,
  written: WrittenSetting,
  contexts: ReadonlySet<string>,
  path: string,
  problems: string[],
): FileSetting | undefined {
  const { eligibility, active, notifications } = written
  const what = privilege(names, written, path, problems)
  const activation = written.activation && activationOf(names, written.activation, contexts, `${path}.activation`, problems)
  return what && { privilege: what, activation, eligibility, active, notifications }
}

function activationOf(
  names: Names,
  written: NonNullable<WrittenSetting['activation']>,
  contexts: ReadonlySet<string>,
  path: string,
  problems: string[],
): FileActivation {
  const { approval, ...activation } = written
  const context = activation.authenticationContext
  if (context !== null && !contexts.has(context))
    problem(problems, `${path}.authenticationContext`, `one of ${[...contexts].join(', ')}, found \`${context}\``)
  if (context !== null && activation.require?.includes('mfa'))
    problem(problems, `${path}.require`, 'no `mfa` beside an authentication context')
  const approvers = approval?.approvers.map((name, i) =>
    principal(names, name, ['user', 'group'], `${path}.approval.approvers[${i}]`, problems),
  )
  return { ...activation, approvers: approvers?.filter((one) => one !== undefined) ?? null }
}

function targetOf(names: Names, written: Written<'targets'>, path: string, problems: string[]): FileTarget {
  const entitlements = each(written.entitlements, ({ name, boundTo }, i) => {
    const what = privilege(names, boundTo, `${path}.entitlements[${i}].boundTo`, problems)
    return what && { name, privilege: what }
  })
  const accounts = each(written.accounts, ({ person, account }, i) => {
    const who = principal(names, person, ['user'], `${path}.accounts[${i}].person`, problems)
    return who && { personId: who.id, account }
  })
  return { ...written, entitlements, accounts }
}
