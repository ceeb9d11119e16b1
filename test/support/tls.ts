// A certificate authority for one test run, and a certificate of it for this machine. Made by openssl; nothing of it is kept.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_IN } from './proxy.ts'

export interface Certificates {
  /** Files: what a client must trust, and what the server shows, under its own name and those that clients have built in. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const LEAF = `subjectAltName=DNS:localhost,IP:127.0.0.1,${BUILT_IN.map((name) => `DNS:${name}`).join(',')}
basicConstraints=critical,CA:FALSE
extendedKeyUsage=serverAuth
`

/** Makes both in a folder that the caller removes. Throws where openssl is missing. */
export function makeCertificates(folder: string): Certificates {
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-days', '2', '-subj', '/CN=Stint test authority')
  openssl('req', ...key, '-keyout', file('server.key'), '-out', file('server.csr'), '-subj', '/CN=localhost')
  writeFileSync(file('leaf.ext'), LEAF)
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial']
  openssl('x509', '-req', '-in', file('server.csr'), ...signer, '-out', file('server.pem'), '-days', '2', '-extfile', file('leaf.ext'))
  return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') }
}
