// What an error of the server, or of the way to it, means for us: one table, and whatever it does not name is worth a retry.

import { DatabaseError } from 'pg'
import type { Blocked, Retry } from '../../domain/provisioning/connector.ts'
import { SecretMissing } from './config.ts'

type Meaning = 'retry' | Blocked['needs']

// Longest prefix wins. `config`, `identity`, `permission`: a person must act, and that is what they must look at.
// biome-ignore format: one class of error per line
const MEANING: Readonly<Record<string, Meaning>> = {
  '08':    'retry',       // connection trouble
  '28':    'config',      // the credential was refused
  '40':    'retry',       // serialisation, deadlock
  '53':    'retry',       // out of connections, memory, disk
  '57P0':  'retry',       // shutting down, starting up, our session was ended
  '0LP01': 'config',      // the grant would go round in a circle
  '23505': 'retry',       // two first grants of one membership met (15)
  '25006': 'retry',       // read-only: a standby, until the failover is over
  '2BP01': 'permission',  // the member handed the role on with an admin option
  '3D000': 'config',      // no such database
  '3F000': 'config',      // no schema `stint`: the set-up script did not run here
  '42P01': 'config',      // no fence table: likewise
  '42501': 'permission',  // no right
  '42704': 'identity',    // no such role
  '55P03': 'retry',       // somebody else holds the row
  '57014': 'retry',       // the deadline, kept by the server
  XX000:   'retry',       // "tuple concurrently deleted"
  CERT_HAS_EXPIRED: 'config', DEPTH_ZERO_SELF_SIGNED_CERT: 'config', ERR_TLS_CERT_ALTNAME_INVALID: 'config',
  SELF_SIGNED_CERT_IN_CHAIN: 'config', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'config',
}

function meaningOf(code: string): Meaning {
  for (let n = code.length; n > 0; n--) {
    const found = MEANING[code.slice(0, n)]
    if (found) return found
  }
  return 'retry'
}

/** The error as an answer. Its words carry the server's code and first line, never a statement or a secret. */
export function trouble(error: unknown): Retry | Blocked {
  if (error instanceof SecretMissing) return { t: 'blocked', reason: error.message, needs: 'config' }
  const code = codeOf(error)
  const words = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
  const reason = code ? `${code}: ${words}` : words
  const meaning = meaningOf(code)
  return meaning === 'retry' ? { t: 'retry', reason } : { t: 'blocked', reason, needs: meaning }
}

function codeOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code ?? ''
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}
