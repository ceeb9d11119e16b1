// Flags of the commands that open the house themselves, and what to say when that fails.

import type { Command } from 'commander'
import type { Config } from '../server.ts'
import { EXIT, Stop } from './exit.ts'

/** Where the data lies and as whom the database runs. */
export const houseOptions = (command: Command): Command =>
  command
    .option('--data <folder>', 'where keys and the private database lie (STINT_DATA, default `data`)')
    .option('--run-as <account>', 'as root: the account that runs the private database (STINT_RUN_AS)')

/** Reads flags over environment, or ends with everything that is wrong. */
export async function configOf(flags: Record<string, unknown>): Promise<Config> {
  const { readSettings } = await import('../server.ts')
  const read = readSettings(flags, process.env)
  if (!read.ok) throw new Stop(EXIT.usage, read.problems.join('\nstint: '))
  return read.config
}

/** Runs what opens the house; a problem that a person can mend is told without a stack. */
export async function opened<T>(work: () => Promise<T>): Promise<T> {
  const { StartProblem } = await import('../server.ts')
  try {
    return await work()
  } catch (error) {
    if (error instanceof StartProblem) throw new Stop(EXIT.refused, error.message)
    throw error
  }
}
