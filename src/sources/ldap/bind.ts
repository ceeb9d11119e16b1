// Sign-in by the directory's own word: a bind as the person. Whose name it is goes by the entry's immutable id, so that a name that
// went to somebody else opens nothing.

import { InvalidCredentialsError } from 'ldapts'
import { fault } from '../../domain/faults.ts'
import type { BindAs } from '../../domain/identity/reading.ts'
import { ok, refuse } from '../../domain/result.ts'
import { connectAs, openDirectory } from './client.ts'
import { type Env, type LdapConfig, parseLdapConfig } from './config.ts'
import { type Dialect, isActive, value } from './dialect.ts'
import { trouble } from './read.ts'

const wrong = () => refuse(fault('WrongPassword'))
const LONGEST = 1_024
const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** The entry's present name, if the person may act by the directory's word. */
async function nameOf(c: LdapConfig, env: Env, id: string): Promise<string | null> {
  const directory = await openDirectory(c, env)
  try {
    const root =
      c.dialect === undefined
        ? await directory.search('', { filter: '(objectClass=*)', scope: 'base', attributes: ['highestCommittedUSN'] })
        : []
    const dialect: Dialect = c.dialect ?? (root[0] && value(root[0], 'highestCommittedUSN') ? 'ad' : 'openldap')
    const attributes = ['userAccountControl', ...(c.disabledAttribute ? [c.disabledAttribute] : ['cn'])]
    // AD takes an id in place of a name.
    const [entry, more] =
      dialect === 'ad'
        ? await directory.search(`<GUID=${id}>`, { filter: '(objectClass=*)', scope: 'base', attributes })
        : await directory.search(c.base, { filter: `(entryUUID=${id})`, attributes })
    return entry && !more && isActive(entry, dialect, c) ? entry.dn.replace(/^(?:<[^>]*>;)+/, '') : null
  } finally {
    await directory.close()
  }
}

/** Signs people in at the directory that they come from. */
export const ldapBinder =
  (env: Env): BindAs =>
  async (settings, externalId, password) => {
    // Refused by us: to a directory an empty password is nobody, and nobody is welcome.
    if (password === '' || password.length > LONGEST || !ID.test(externalId)) return wrong()
    const config = parseLdapConfig(settings)
    if (!config.ok) return config
    try {
      const dn = await nameOf(config.value, env, externalId)
      // Whoever is not there, or may not act, is asked about all the same: the work tells nothing.
      await (await connectAs(config.value, dn ?? `cn=nobody-${externalId},${config.value.base}`, password)).unbind()
      return dn === null ? wrong() : ok(true)
    } catch (error) {
      return error instanceof InvalidCredentialsError ? wrong() : trouble(error)
    }
  }
