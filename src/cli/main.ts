#!/usr/bin/env node
// The `stint` command. Each command is a file of its own; exit codes are in exit.ts and in docs/cli.md.

import { Command, CommanderError } from 'commander'
import { activateCommand, deactivateCommand } from './commands/activate.ts'
import { appCommand } from './commands/app.ts'
import { assignCommand } from './commands/assign.ts'
import { breakGlassCommand } from './commands/break-glass.ts'
import { contextCommand } from './commands/context.ts'
import { demoCommand } from './commands/demo.ts'
import { drillCommand } from './commands/drill.ts'
import { inboxCommand } from './commands/inbox.ts'
import { initCommand } from './commands/init.ts'
import { keyCommand } from './commands/key.ts'
import { loginCommand, logoutCommand, whoamiCommand } from './commands/login.ts'
import { providerCommand } from './commands/provider.ts'
import { approveCommand, cancelCommand, denyCommand, requestsCommand } from './commands/requests.ts'
import { rolesCommand } from './commands/roles.ts'
import { serveCommand } from './commands/serve.ts'
import { sessionCommand } from './commands/session.ts'
import { settingsCommand } from './commands/settings.ts'
import { sourceCommand } from './commands/source.ts'
import { targetsCommand } from './commands/targets.ts'
import { tokenCommand } from './commands/token.ts'
import { userCommand } from './commands/user.ts'
import { whyCommand } from './commands/why.ts'
import { EXIT, Stop } from './exit.ts'
import { printable, printableJson } from './printable.ts'

const COMMANDS = [
  rolesCommand,
  activateCommand,
  deactivateCommand,
  whyCommand,
  requestsCommand,
  approveCommand,
  denyCommand,
  cancelCommand,
  assignCommand,
  targetsCommand,
  inboxCommand,
  contextCommand,
  settingsCommand,
  serveCommand,
  initCommand,
  tokenCommand,
  appCommand,
  sourceCommand,
  userCommand,
  loginCommand,
  logoutCommand,
  whoamiCommand,
  providerCommand,
  breakGlassCommand,
  drillCommand,
  sessionCommand,
  keyCommand,
  demoCommand,
]

const program = new Command('stint')
  .description('a role for a stint: self-hosted privileged identity management')
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()

for (const command of COMMANDS) program.addCommand(command().exitOverride())

/** Says what went wrong in words a person can act on; a program that asked for JSON gets the server's problem document. */
function told(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (error instanceof Stop) {
    if (error.detail && process.argv.includes('--json')) process.stdout.write(`${printableJson(error.detail)}\n`)
    if (error.message) process.stderr.write(`stint: ${printable(error.message)}\n`)
    return error.code
  }
  process.stderr.write(`stint: ${printable(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
  return EXIT.broken
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = told(error)
}
