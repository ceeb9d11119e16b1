// The private server ends with this process, also when nobody calls `stop`: on a normal exit, and on the usual signals
// when the program handles none itself. Only `kill -9` leaves it running, for the next start to find.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Arranges it; the answer takes the arrangement back. */
export function stopWithUs(pid: () => number | null, stop: () => Promise<void>): () => void {
  const atExit = () => {
    const main = pid()
    try {
      // Exit handlers cannot wait: the server shuts down by itself and the next start waits for it.
      if (main !== null) process.kill(main, 'SIGINT')
    } catch {
      // Already gone.
    }
  }
  const atSignal = async (signal: NodeJS.Signals) => {
    // A program with a handler of its own calls `stop` in its own order.
    if (process.listenerCount(signal) > 1) return
    await stop().catch(() => {})
    process.kill(process.pid, signal)
  }
  process.once('exit', atExit)
  for (const signal of SIGNALS) process.on(signal, atSignal)
  return () => {
    process.off('exit', atExit)
    for (const signal of SIGNALS) process.off(signal, atSignal)
  }
}
