// What the story is played on, and what its scenes hand on to each other.

import type { Client as Login } from 'pg'
import { type Client, createClient } from '../contract/client.ts'
import type { Governed } from './governed.ts'
import type { Mark, Marks, Proof } from './record.ts'
import type { Watched } from './watching.ts'

export type Audience = 'own' | 'graph'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of another API, read member by member and compared
  readonly body: any
}

export interface Stage {
  readonly governed: Governed
  readonly publicUrl: string
  /** The clock that both databases of the demo go by. */
  now(): number
  /** A Graph request, sent as somebody. */
  graph(as: string, method: string, path: string, body?: object): Promise<Answer>
  /** The native API, as somebody. */
  client(as: string): Promise<Client>
  /** A command of the CLI, run as somebody. */
  command(as: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }>
  mark(mark: Mark, at: number): void
  readonly marks: Marks
  readonly memory: Memory
}

/** What earlier scenes leave for later ones. */
export interface Memory {
  requestId: string
  /** When the target first let the engineer's query pass. */
  effective: Promise<Watched>
  /** The end of the stint, as the server states it. */
  until: number
  session: Login | null
  /** The target's word on the open session, and when it came. */
  sessionEnd: Promise<Watched>
  /** When the target first turned the engineer away again. */
  refused: Promise<Watched>
}

export interface Played {
  readonly said: string
  readonly proofs: readonly Proof[]
}

export interface Scene {
  readonly step: string
  readonly words: string
  play(stage: Stage): Promise<Played>
}

export interface StageOptions {
  readonly governed: Governed
  readonly url: string
  readonly publicUrl: string
  readonly now: () => number
  readonly token: (as: string, audience: Audience) => Promise<string>
  readonly run: (args: readonly string[], env: Record<string, string>) => Promise<{ readonly code: number | null; readonly out: string }>
}

const NEVER = new Promise<never>(() => {})

export function openStage({ governed, url, publicUrl, now, token, run }: StageOptions): Stage {
  const marks: Marks = {}
  return {
    governed,
    publicUrl,
    now,
    marks,
    memory: { requestId: '', effective: NEVER, until: 0, session: null, sessionEnd: NEVER, refused: NEVER },
    mark(mark, at) {
      marks[mark] = at
    },
    async graph(as, method, path, body) {
      const headers = { authorization: `Bearer ${await token(as, 'graph')}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    },
    client: async (as) => createClient({ baseUrl: url, token: await token(as, 'own'), fetch }),
    command: async (as, args) => run(args, { STINT_URL: url, STINT_TOKEN: await token(as, 'own') }),
  }
}
