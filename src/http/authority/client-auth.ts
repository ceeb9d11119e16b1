// Who the application is: a secret in the body or in the header, an assertion it signed by a registered certificate, or one of an
// issuer it trusts. All judged here, against the store; the library gets what was judged (stack, section 4).

import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { checkSecret, type SigningApp, signingApp } from '../../operations/app-sign-in.ts'
import type { Ctx } from '../../operations/context.ts'
import { type Around, checkAssertion } from './assertion.ts'
import type { Form } from './form.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Shown {
  readonly id: string
  readonly secret: string | null
  readonly assertion: string | null
}

const bad = (detail: string) => refuse(fault('InvalidSignIn', { detail }))

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    return null
  }
}

/** `Basic` credentials, both halves form-encoded (RFC 6749, 2.3.1). */
function basicOf(header: string): Result<{ id: string; secret: string }> {
  const m = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim())
  const [id, ...rest] = m ? Buffer.from(m[1]!, 'base64').toString('utf8').split(':') : []
  const [name, secret] = [decoded(id ?? ''), decoded(rest.join(':'))]
  return name && secret ? ok({ id: name, secret }) : bad('the `Authorization` header holds no `client_id:client_secret`')
}

function shownBy(form: Form, header: string | undefined): Result<Shown> {
  const basic = header === undefined ? null : basicOf(header)
  if (basic && !basic.ok) return basic
  const { client_id: named, client_secret: secret, client_assertion: assertion, client_assertion_type: type } = form
  if ([basic, secret, assertion].filter((one) => one !== null && one !== undefined).length > 1) return bad('more than one credential')
  if (assertion !== undefined && type !== JWT_BEARER) return bad(`\`client_assertion_type\` must be \`${JWT_BEARER}\``)
  const id = named ?? basic?.value.id
  if (basic && named !== undefined && named.toLowerCase() !== basic.value.id.toLowerCase()) return bad('two different client ids')
  if (id === undefined) return bad('`client_id` is required')
  return ok({ id, secret: basic?.value.secret ?? secret ?? null, assertion: assertion ?? null })
}

export interface Judged {
  readonly app: SigningApp
  /** It showed a credential that holds. */
  readonly proven: boolean
}

/**
 * The application of a request to the token endpoint. Faults: `InvalidSignIn`, `UnknownApplication`, `ApplicationDisabled`,
 * `WrongSecret`, `SecretEnded`, `WrongAssertion`, `AlreadyUsed`, `MissingClientCredential`.
 */
export async function judgeClient(ctx: Ctx, form: Form, header: string | undefined, around: Around): Promise<Result<Judged>> {
  const shown = shownBy(form, header)
  if (!shown.ok) return shown
  const { id, secret, assertion } = shown.value
  const app = isGuid(id) ? await signingApp(ctx, id.toLowerCase()) : null
  if (!app) return refuse(fault('UnknownApplication', { id: id.slice(0, 100) }))
  if (!app.enabled) return refuse(fault('ApplicationDisabled', { id: app.appId }))
  if (secret === null && assertion === null) return app.publicClient ? ok({ app, proven: false }) : refuse(fault('MissingClientCredential'))
  const holds = secret !== null ? await checkSecret(ctx, app.appId, secret) : await checkAssertion(ctx, app, assertion ?? '', around)
  return holds.ok ? ok({ app, proven: true }) : holds
}
