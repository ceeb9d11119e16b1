// The typed client, inferred from the table of routes. It runs in Node and in browsers alike: fetch is handed in.

import type { z } from 'zod'
import { type Input, type Output, ROUTES, type Route, type RouteName } from './routes.ts'
import { problem as problemShape } from './schemas.ts'

export type Problem = z.output<typeof problemShape>

/** The server's refusal, as a problem document. */
export class ApiProblem extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** No answer at all, or one that is not ours. */
export class Unreachable extends Error {}

export interface ClientOptions {
  /** Such as `http://localhost:7080`. */
  readonly baseUrl: string
  readonly token: string
  readonly fetch: typeof fetch
}

export interface Streamed {
  readonly event: string
  readonly data: unknown
}

export type Client = {
  readonly [N in RouteName]: keyof Input<N> extends never ? () => Promise<Output<N>> : (input: Input<N>) => Promise<Output<N>>
} & {
  /** What happens to a request, as it happens, until it is settled or the signal ends the waiting. */
  watch(id: string, signal?: AbortSignal): AsyncIterable<Streamed>
}

interface Given {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

function urlOf(base: string, route: Route, { params = {}, query = {} }: Given): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]))
  const search = new URLSearchParams(pairs).toString()
  return `${base.replace(/\/$/, '')}/api/v1${path}${search ? `?${search}` : ''}`
}

async function refusalOf(response: Response): Promise<Error> {
  const body: unknown = await response.json().catch(() => null)
  const parsed = problemShape.safeParse(body)
  return parsed.success ? new ApiProblem(parsed.data) : new Unreachable(`the answer (${response.status}) is not one of Stint's`)
}

/** Makes a client. */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, token, fetch } = options
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` }
    const response = await fetch(url, { ...init, headers, redirect: 'error' }).catch((error: unknown) => {
      throw new Unreachable(`${baseUrl} does not answer (${reason(error)})`)
    })
    if (!response.ok) throw await refusalOf(response)
    return response
  }
  const ask = async (route: Route, given: Given = {}): Promise<unknown> => {
    const body = given.body === undefined ? {} : { body: JSON.stringify(given.body), headers: { 'content-type': 'application/json' } }
    const response = await send(urlOf(baseUrl, route, given), { method: route.method, ...body })
    const answer = route.response.safeParse(await response.json())
    if (!answer.success) throw new Unreachable('the server speaks another version of the API')
    return answer.data
  }
  const methods = Object.fromEntries(Object.entries(ROUTES).map(([name, route]) => [name, (given?: Given) => ask(route, given)]))
  const watch = async function* (id: string, signal?: AbortSignal) {
    const url = `${urlOf(baseUrl, ROUTES.requestEvents, { params: { id } })}?wait=true`
    const response = await send(url, { headers: { accept: 'text/event-stream' }, ...(signal ? { signal } : {}) })
    if (response.body) yield* parts(response.body)
  }
  return { ...methods, watch } as unknown as Client
}

const reason = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ((cause as Error & { code?: string }).code ?? cause.message) : String(cause)
}

/** Reads server-sent events. */
async function* parts(body: ReadableStream<Uint8Array>): AsyncIterable<Streamed> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += decoder.decode(value, { stream: true })
    const blocks = rest.split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data !== undefined) yield { event: field('event') ?? 'message', data: JSON.parse(data) }
    }
  }
}
