// One session for each target, opened when first needed and anew when its configuration changed or it broke. An old one is closed
// when nobody uses it any more.

import { fault } from '../domain/faults.ts'
import type { AnyConnector, Deps, Session } from '../domain/provisioning/connector.ts'
import { type Result, refuse } from '../domain/result.ts'
import type { Target } from '../operations/claim-work.ts'

export type Connectors = ReadonlyMap<string, AnyConnector>

interface Open {
  readonly made: string
  readonly session: Session
  users: number
  old: boolean
}

export interface Sessions {
  /** Lends the target's session; a configuration that cannot be opened is a refusal. */
  with<T>(target: Target, work: (session: Session) => Promise<T>): Promise<Result<T>>
  /** The next use opens anew. */
  forget(targetId: string): void
  close(): Promise<void>
}

interface Shape {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>
}

const variableOf = (value: unknown): string | null => {
  const name = (value as { env?: unknown } | null)?.env
  return typeof name === 'string' ? name : null
}

/** Variables that the configuration cannot do without and that are not there. */
function missingOf(config: Target['config'], schema: unknown, env: Deps['env']): string[] {
  const names = (schema as Shape | null)?.required?.map((name) => variableOf(config[name])) ?? []
  return names.filter((name) => name !== null && !env[name]) as string[]
}

/** Plain settings may lie in the environment too: `{ "env": NAME }` where the connector wants a text or a number. */
function filled(config: Target['config'], schema: unknown, env: Deps['env']): Record<string, unknown> {
  const types = (schema as Shape | null)?.properties ?? {}
  const read = (name: string, value: unknown): unknown => {
    const from = variableOf(value)
    const type = types[name]?.type
    if (from === null || type === undefined || type === 'object') return value
    const text = env[from]
    // Not there counts as left out: it then has its default.
    if (!text) return undefined
    return type === 'integer' || type === 'number' ? Number(text) : text
  }
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, read(name, value)]))
}

export function openSessions(connectors: Connectors, deps: Deps, onError: (error: unknown) => void): Sessions {
  const all = new Map<string, Open>()
  const retire = (open: Open) => {
    open.old = true
    if (open.users === 0) open.session.close().catch(onError)
  }
  const sessionOf = (target: Target): Result<Open> => {
    const made = JSON.stringify([target.kind, target.config])
    const there = all.get(target.id)
    if (there?.made === made) return { ok: true, value: there }
    if (there) retire(there)
    all.delete(target.id)
    const connector = connectors.get(target.kind)
    if (!connector) return refuse(fault('ResourceNotFound', { id: `connector ${target.kind}` }))
    const missing = missingOf(target.config, connector.schema, deps.env)
    if (missing.length > 0) return refuse(fault('TargetNotConfigured', { names: missing.map((name) => `\`${name}\``).join(', ') }))
    const opened = connector.open(filled(target.config, connector.schema, deps.env), deps)
    if (!opened.ok) return opened
    const open = { made, session: opened.value, users: 0, old: false }
    all.set(target.id, open)
    return { ok: true, value: open }
  }
  return {
    async with(target, work) {
      const opened = sessionOf(target)
      if (!opened.ok) return opened
      const open = opened.value
      open.users += 1
      try {
        return { ok: true, value: await work(open.session) }
      } finally {
        open.users -= 1
        if (open.old && open.users === 0) open.session.close().catch(onError)
      }
    },
    forget(targetId) {
      const open = all.get(targetId)
      if (open) retire(open)
      all.delete(targetId)
    },
    async close() {
      await Promise.all([...all.values()].map((open) => open.session.close().catch(onError)))
      all.clear()
    },
  }
}
