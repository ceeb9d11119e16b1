// What the scripts with `@azure/arm-authorization` share: the task they are given, clients of people who hold a token, and how they compare.

import { AuthorizationManagementClient } from '@azure/arm-authorization'

interface Task {
  readonly url: string
  readonly admin: string
  readonly engineer: string
  readonly engineerId: string
}

export const task = JSON.parse(process.argv[2] ?? '{}') as Task
export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'

/** The client of somebody who holds a token already. */
export function clientOf(token: string): AuthorizationManagementClient {
  const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 600_000 }) }
  return new AuthorizationManagementClient(credential, SUBSCRIPTION, { endpoint: task.url, $host: task.url })
}

/** Every operation that a client has, as `group.operation`. */
export const groupsOf = (client: object): readonly string[] =>
  Object.entries(client).flatMap(([group, value]) => {
    const kind = value && typeof value === 'object' ? Object.getPrototypeOf(value) : null
    if (!kind || !/Impl\d*$/.test(kind.constructor.name)) return []
    const operations = Object.getOwnPropertyNames(kind).filter(
      (name) => name !== 'constructor' && !name.startsWith('_') && !/Paging(Page|All)$|Next$/.test(name),
    )
    return operations.map((name) => `${group}.${name}`)
  })

export async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = []
  for await (const item of pages) items.push(item)
  return items
}

/** What was found, as text; throws where it is not what was wanted. */
export function same(found: unknown, wanted: unknown): string {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  return String(wanted)
}

/** Status and code of a refusal. */
export const refused = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: { code?: string; statusCode?: number }) => `${error.statusCode} ${error.code}`,
  )
