// Exit codes, as docs/cli.md has them: programs that call us can tell a refusal from a server that is not there.

// biome-ignore format: a table
export const EXIT = {
  ok:               0,
  /** The server judged, and said no. */
  refused:          1,
  /** The command line is not understood. */
  usage:            2,
  /** No server answers there. */
  unreachable:      3,
  /** There is no token, or it is not accepted. */
  unauthenticated:  4,
  /** Waited, and it is still not decided or not in effect. */
  pending:          5,
  /** Something broke on our side. */
  broken:          70,
  /** Stopped by a signal; all was cleared away. */
  interrupted:     130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with a code and a sentence; with `--json` the detail is printed instead, where there is one. */
export class Stop extends Error {
  readonly code: ExitCode
  readonly detail: object | null
  constructor(code: ExitCode, words: string, detail: object | null = null) {
    super(words)
    this.code = code
    this.detail = detail
  }
}
