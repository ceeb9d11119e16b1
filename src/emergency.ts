// What the operator of this machine does about accounts for emergencies. It opens the house itself and needs no token: the database and
// the keys are enough, whatever else is down.

import type { House } from './house.ts'
import { ensureSigningKey, readSigningKey } from './http/auth/key-file.ts'
import { openKeyRing } from './http/auth/key-ring.ts'
import { mintToken } from './http/auth/token.ts'
import { openLog } from './log.ts'
import { loopbackUrl, reaches } from './loopback.ts'
import * as access from './operations/emergency-access.ts'
import { type SealedSignIn, sealedClaims, signInSealed } from './operations/emergency-sign-in.ts'
import { type Running, whoRuns } from './running.ts'
import { AMBIENT, type Config, keyFileOf, opening, refused, StartProblem, within } from './server.ts'

/** A sign-in by sealed secret lasts as long as an access token does elsewhere. */
const SEALED_MINUTES = 60

/** Runs an errand on the house of a tenant. */
export const onHouse = <T>(config: Config, work: (house: House) => Promise<T>): Promise<T> =>
  within(config, openLog(config, AMBIENT.ticks), async (house) => {
    if (!(await house.refresh())) throw new StartProblem('there is no tenant yet: run `stint init` first')
    return work(house)
  })

/** Lists them, with what is wrong and the last drill. */
export const listEmergency = (config: Config): Promise<access.EmergencyAccess> => onHouse(config, ({ ctx }) => access.emergencyAccess(ctx))

const made = (config: Config, work: (house: House) => ReturnType<typeof access.rotateEmergency>) =>
  onHouse(config, async (house) => {
    const done = await work(house)
    if (!done.ok) throw refused(done.fault)
    return { ...done.value, warnings: (await access.emergencyAccess(house.ctx)).warnings }
  })

/** Makes an account one for emergencies. */
export const addEmergency = (config: Config, input: access.EmergencyInput) => made(config, ({ ctx }) => access.addEmergency(ctx, input))

/** Makes a new sealed secret. */
export const rotateEmergency = (config: Config, upn: string) => made(config, ({ ctx }) => access.rotateEmergency(ctx, upn))

/** Makes it an ordinary account again. */
export const removeEmergency = (config: Config, upn: string) =>
  onHouse(config, async ({ ctx }) => {
    const done = await access.removeEmergency(ctx, upn)
    if (!done.ok) throw refused(done.fault)
    return { ...done.value, warnings: (await access.emergencyAccess(ctx)).warnings }
  })

/** Signs the token of a sealed sign-in. */
export async function sealedToken(config: Config, { ctx }: House, signed: SealedSignIn, publicUrl: string): Promise<string> {
  const claims = await sealedClaims(ctx, signed, publicUrl)
  if (!claims) throw new StartProblem('the sign-in was ended meanwhile: start again')
  const file = keyFileOf(config)
  await opening(config.signingKeyFile === undefined ? ensureSigningKey(file) : readSigningKey(file))
  const key = (await opening(openKeyRing(file, ctx.now))).signing()
  const token = await mintToken(key, { ...claims, iss: `${publicUrl}/${ctx.tenant().id}/v2.0` }, ctx.now(), SEALED_MINUTES * 60)
  if (!token.ok) throw refused(token.fault)
  return token.value
}

export interface Entered {
  readonly token: string
  readonly upn: string
  /** Where the commands reach the server: by its name, or past it on this machine. */
  readonly url: string
  readonly minutes: number
}

/** The server's own name, where it answers by it; else the loopback's address. */
const wayTo = async (running: Running): Promise<string> =>
  (await reaches(running.publicUrl)) ? running.publicUrl : loopbackUrl(running.url)

/** Signs in with a sealed secret. */
export async function enter(config: Config, upn: string, secret: string): Promise<Entered> {
  const running = await whoRuns(config.data)
  if (!running) throw new StartProblem('no server runs on this machine: start it with `stint serve`, then sign in')
  return onHouse(config, async (house) => {
    const signed = await signInSealed(house.ctx, { upn, secret, by: 'sealedSecret' })
    if (!signed.ok) throw refused(signed.fault)
    const token = await sealedToken(config, house, signed.value, running.publicUrl)
    return { token, upn: signed.value.upn, url: await wayTo(running), minutes: SEALED_MINUTES }
  })
}
