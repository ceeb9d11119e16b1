// `stint demo`: the main job, watched from end to end on real servers of its own.

import { Command } from 'commander'
import { EXIT, Stop } from '../exit.ts'
import { opened } from '../settings.ts'

interface Options {
  readonly json?: boolean
  readonly keep?: boolean
  readonly data?: string
}

export const demoCommand = () =>
  new Command('demo')
    .description('watch a stint from the asking to the records: a server and a governed database of its own, every step proven')
    .option('--json', 'print one JSON document instead: steps, proofs, timeline')
    .option('--keep', 'keep everything running until Ctrl-C, and say what to try')
    .option('--data <folder>', 'where its files go, and stay: a folder that is empty or not there (default: a temporary one, removed)')
    .action(async ({ json = false, keep = false, data }: Options) => {
      const { Interrupted, runDemo } = await import('../../demo.ts')
      const print = (line: string) => process.stdout.write(`${line}\n`)
      const say = json ? () => {} : print
      const stopped = signal()
      // As this very command was started, so that the server runs from the same files in the same way.
      const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '']
      const options = { command, say, ...(data === undefined ? {} : { data }) }
      const played = runDemo(options, stopped.signal, async ({ report, tryThis }) => {
        if (json) print(JSON.stringify(keep ? { ...report, tryThis } : report, null, 2))
        if (!keep) return report
        for (const line of ['', ...tryThis, '', 'everything keeps running: Ctrl-C stops and removes it']) say(line)
        await stopped.promise
        return report
      })
      const report = await opened(() => played).catch((error: unknown) => {
        throw error instanceof Interrupted ? new Stop(EXIT.interrupted, 'interrupted; everything is stopped and removed') : error
      })
      if (!report.ok) throw new Stop(EXIT.refused, `not proven: ${report.failed.join(', ')}`)
    })

/** The first signal to stop; more of them change nothing, since what was started has to be stopped in order. */
function signal() {
  const stop = new AbortController()
  const promise = new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }))
  // Whoever read along went away, as `head` does: nobody is left to tell.
  process.stdout.on('error', () => stop.abort())
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  return { signal: stop.signal, promise }
}
