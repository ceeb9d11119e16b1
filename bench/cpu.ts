// Where the processor's time goes: seconds used so far by this process, the server, and the database with all its backends. Read from
// /proc, so Linux only; elsewhere zeros.

import { readdirSync, readFileSync } from 'node:fs'

export interface CpuSeconds {
  readonly load: number
  readonly server: number
  readonly database: number
}

const TICKS_PER_SECOND = 100

interface Row {
  readonly pid: number
  readonly parent: number
  readonly seconds: number
}

function processes(): readonly Row[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
          const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
          // Times of children that ended are with their parent: backends come and go.
          const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0)
          return [{ pid: Number(name), parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND }]
        } catch {
          return []
        }
      })
  } catch {
    return []
  }
}

/** Seconds used by this process, by the server, and by the database server's family. */
export function cpuSeconds(server: number, database: number): CpuSeconds {
  const rows = processes()
  const of = (pid: number) => rows.find((row) => row.pid === pid)?.seconds ?? 0
  const family = rows.filter((row) => row.pid === database || row.parent === database).reduce((sum, row) => sum + row.seconds, 0)
  return { load: of(process.pid), server: of(server), database: family }
}

/** Milliseconds per item between two readings. */
export function perItem(before: CpuSeconds, after: CpuSeconds, items: number): CpuSeconds {
  const ms = (name: keyof CpuSeconds) => Math.round(((after[name] - before[name]) / items) * 100_000) / 100
  return { load: ms('load'), server: ms('server'), database: ms('database') }
}
