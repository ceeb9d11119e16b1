#!/usr/bin/env node
// The `stint` command. Each command is a file of its own; exit codes are in exit.ts and in docs/cli.md.

import { Command, CommanderError } from 'commander'
import { initCommand } from './commands/init.ts'
import { serveCommand } from './commands/serve.ts'
import { tokenCommand } from './commands/token.ts'
import { EXIT, Stop } from './exit.ts'

const program = new Command('stint')
  .description('a role for a stint: self-hosted privileged identity management')
  .configureHelp({ sortSubcommands: false })
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()

for (const command of [serveCommand, initCommand, tokenCommand]) program.addCommand(command().exitOverride())

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = told(error)
}

/** Says what went wrong in words a person can act on; a bug shows its stack. */
function told(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof Stop) {
    if (error.message) process.stderr.write(`stint: ${error.message}\n`)
    return error.code
  }
  process.stderr.write(`stint: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT.broken
}
