// What the story is played on, and what its scenes hand on to each other.

import type { Client as Login } from 'pg'
import { type Client, createClient } from '../contract/client.ts'
import type { Mark, Marks, Proof } from './record.ts'
import type { Watch, Watched } from './watching.ts'

export type Audience = 'own' | 'graph'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of another API, read member by member and compared
  readonly body: any
}

/** Its clock is the one that both databases of the demo go by. */
export interface Stage extends Watch {
  /** A Graph request, sent as somebody. */
  graph(as: string, method: string, path: string, body?: object): Promise<Answer>
  /** The native API, as somebody. */
  client(as: string): Client
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

export interface StageOptions extends Watch {
  readonly url: string
  readonly token: (as: string, audience: Audience) => string
  readonly run: (args: readonly string[], env: Record<string, string>) => Promise<{ readonly code: number | null; readonly out: string }>
}

const NEVER = new Promise<never>(() => {})

export function openStage({ governed, now, stopping, url, token, run }: StageOptions): Stage {
  const marks: Marks = {}
  return {
    governed,
    now,
    stopping,
    marks,
    memory: { requestId: '', effective: NEVER, until: 0, session: null, sessionEnd: NEVER, refused: NEVER },
    mark(mark, at) {
      marks[mark] = at
    },
    async graph(as, method, path, body) {
      const headers = { authorization: `Bearer ${token(as, 'graph')}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    },
    client: (as) => createClient({ baseUrl: url, token: token(as, 'own'), fetch }),
    command: (as, args) => run(args, { STINT_URL: url, STINT_TOKEN: token(as, 'own') }),
  }
}
