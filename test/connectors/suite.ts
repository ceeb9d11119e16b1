// What every connector must do, asked at the target itself: not "did the call succeed" but "can the person still do it".

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountRef, EntitlementRef, Intent, Outcome, Seen, Session } from '../../src/domain/provisioning/connector.ts'

/** The way between one worker and the target, where a test can make trouble. */
export interface Gate {
  /** Until `pass`, the target is not reached. */
  refuse(): void
  pass(): void
  /** The next apply takes effect, and its reply is lost. */
  loseNextReply(): void
  /** The next apply stops just before its effect begins. */
  freeze(): { readonly reached: Promise<void>; thaw(): void }
}

export interface Worker {
  readonly session: Session
  readonly gate: Gate
}

/** A real target, its administrator, and its users. */
export interface Peer {
  /** Another worker of ours, with its own way to the target. */
  worker(): Promise<Worker>
  readonly entitlement: EntitlementRef
  /** An entitlement that exists and that the connector may not touch. */
  readonly forbidden: EntitlementRef
  /** An account that does not exist. */
  readonly ghost: AccountRef
  /** A new account that holds nothing; its name at the target. */
  newAccount(): Promise<string>
  /** The question, asked at the target as the person. */
  can(account: AccountRef): Promise<boolean>
  /** The person begins to use the right; `alive` asks whether that use still works. */
  use(account: AccountRef): Promise<{ alive(): Promise<boolean>; close(): Promise<void> }>
  /** The target's own administrator grants, or removes what we granted, by hand. */
  grantByHand(account: AccountRef): Promise<void>
  removeByHand(account: AccountRef): Promise<void>
  /** An entitlement with so many holders. */
  crowd(n: number): Promise<EntitlementRef>
  close(): Promise<void>
}

const never = new AbortController().signal
const key = (fence: number) => `row-${fence}`

/** Runs the suite on a target. */
export function connectorSuite(name: string, start: () => Promise<Peer>): void {
  describe(name, () => {
    let peer: Peer
    let main: Worker
    const opened: Worker[] = []
    const worker = async () => {
      const w = await peer.worker()
      opened.push(w)
      return w
    }
    const account = async (): Promise<AccountRef> => {
      const found = await main.session.resolve({ t: 'account', name: await peer.newAccount() }, never)
      if (found.t !== 'ok') throw new Error(found.reason)
      return found.value
    }
    const intent = (who: AccountRef, present: boolean, fence: number, entitlement = peer.entitlement): Intent => ({
      entitlement,
      account: who,
      present,
      fence,
      notAfter: present ? 4e12 : null,
      key: key(fence),
      baseline: 'absent',
    })
    const apply = (who: AccountRef, present: boolean, fence: number, w = main): Promise<Outcome> =>
      w.session.apply(intent(who, present, fence), never)
    const see = async (who: AccountRef): Promise<Seen> => {
      const answer = await main.session.observe(peer.entitlement, [who], never)
      if (answer.t !== 'ok') throw new Error(answer.reason)
      expect(answer.value.seen).toHaveLength(1)
      return answer.value.seen[0]!
    }
    const list = async (entitlement = peer.entitlement): Promise<readonly Seen[]> => {
      const answer = await main.session.observe(entitlement, 'all', never)
      if (answer.t !== 'ok') throw new Error(answer.reason)
      expect(answer.value.complete).toBe(true)
      return answer.value.seen
    }

    beforeAll(async () => {
      peer = await start()
      main = await worker()
    })
    afterAll(async () => {
      await Promise.all(opened.map((w) => w.session.close()))
      await peer?.close()
    })

    test('absent, present, again, absent, again: each time the target itself agrees', async () => {
      const ada = await account()
      expect(await see(ada)).toMatchObject({ account: { id: ada.id }, present: false, ours: false })
      expect(await peer.can(ada)).toBe(false)
      for (const again of [1, 2]) {
        expect(await apply(ada, true, 1), `grant ${again}`).toEqual({ t: 'done' })
        expect(await see(ada)).toMatchObject({ present: true, ours: true, others: [], via: 'direct' })
        expect(await peer.can(ada)).toBe(true)
      }
      expect((await list()).map((s) => s.account.id)).toContain(ada.id)
      for (const again of [1, 2]) {
        expect(await apply(ada, false, 2), `revoke ${again}`).toEqual({ t: 'done' })
        expect(await see(ada)).toMatchObject({ present: false, ours: false })
        expect(await peer.can(ada)).toBe(false)
      }
      expect((await list()).map((s) => s.account.id)).not.toContain(ada.id)
    })

    test('answers are in the order of the question, absent accounts too', async () => {
      const [ada, ben, eve] = [await account(), await account(), await account()]
      await apply(ben, true, 1)
      const answer = await main.session.observe(peer.entitlement, [eve, ben, ada], never)
      const seen = answer.t === 'ok' ? answer.value.seen : []
      expect(seen.map((s) => [s.account.id, s.present])).toEqual([
        [eve.id, false],
        [ben.id, true],
        [ada.id, false],
      ])
    })

    test('an unknown account needs a person to look at its identity; taking from it is done already', async () => {
      expect(await main.session.resolve({ t: 'account', name: peer.ghost.name }, never)).toMatchObject({ t: 'blocked', needs: 'identity' })
      expect(await apply(peer.ghost, true, 1)).toMatchObject({ t: 'blocked', needs: 'identity' })
      expect(await apply(peer.ghost, false, 2)).toEqual({ t: 'done' })
    })

    test('without the right at the target the answer is a permission that a person must give', async () => {
      const ada = await account()
      const outcome = await main.session.apply(intent(ada, true, 1, peer.forbidden), never)
      expect(outcome).toMatchObject({ t: 'blocked', needs: 'permission' })
    })

    test('a target that is down is worth a retry, and the retry works when it is back', async () => {
      const ada = await account()
      main.gate.refuse()
      expect(await apply(ada, true, 1)).toMatchObject({ t: 'retry' })
      expect(await main.session.observe(peer.entitlement, [ada], never)).toMatchObject({ t: 'retry' })
      expect(await main.session.check([peer.entitlement], never)).toMatchObject({ reachable: false })
      main.gate.pass()
      expect(await peer.can(ada)).toBe(false)
      expect(await apply(ada, true, 1)).toEqual({ t: 'done' })
      expect(await peer.can(ada)).toBe(true)
    })

    test.each([true, false])(
      'a reply lost after the effect (present: %s) is "not known", and the same intent again is done',
      async (present) => {
        const ada = await account()
        if (!present) await apply(ada, true, 1)
        main.gate.loseNextReply()
        expect(await apply(ada, present, 2)).toMatchObject({ t: 'retry' })
        expect(await peer.can(ada)).toBe(present)
        expect(await apply(ada, present, 2)).toEqual({ t: 'done' })
        expect(await see(ada)).toMatchObject({ present, ours: present })
      },
    )

    test('an older intent changes nothing once a newer one was seen', async () => {
      const ada = await account()
      await apply(ada, true, 4)
      await apply(ada, false, 5)
      if (main.session.caps.fence === 'none') return
      expect(await apply(ada, true, 4)).toEqual({ t: 'stale', known: 5 })
      expect(await peer.can(ada)).toBe(false)
      expect(await apply(ada, true, 6)).toEqual({ t: 'done' })
      expect(await apply(ada, false, 5)).toMatchObject({ t: 'stale' })
      expect(await peer.can(ada)).toBe(true)
    })

    test('a worker frozen before its grant and thawed after the revoke does not bring access back (L13)', async () => {
      const ada = await account()
      const frozen = await worker()
      const freeze = frozen.gate.freeze()
      const granting = apply(ada, true, 1, frozen)
      await freeze.reached
      expect(await apply(ada, false, 2)).toEqual({ t: 'done' })
      freeze.thaw()
      const outcome = await granting
      if (main.session.caps.fence === 'none') {
        // Nothing at this target can stop it: the re-check after every settle finds it.
        expect(await see(ada)).toMatchObject({ present: true, ours: true })
        expect(await apply(ada, false, 2)).toEqual({ t: 'done' })
      } else expect(outcome).toMatchObject({ t: 'stale' })
      expect(await see(ada)).toMatchObject({ present: false })
      expect(await peer.can(ada)).toBe(false)
    })

    test('a call that is never answered ends when the signal says so, as "not known"', async () => {
      const ada = await account()
      const frozen = await worker()
      const freeze = frozen.gate.freeze()
      const stop = new AbortController()
      const granting = frozen.session.apply(intent(ada, true, 1), stop.signal)
      await freeze.reached
      stop.abort()
      expect(await granting).toMatchObject({ t: 'retry' })
      freeze.thaw()
      expect(await frozen.session.apply(intent(ada, true, 1), stop.signal)).toMatchObject({ t: 'retry' })
      expect(await peer.can(ada)).toBe(false)
    })

    test('what was removed by hand is seen, and the same intent puts it back', async () => {
      const ada = await account()
      await apply(ada, true, 1)
      await peer.removeByHand(ada)
      expect(await see(ada)).toMatchObject({ present: false, ours: false })
      expect(await apply(ada, true, 1)).toEqual({ t: 'done' })
      expect(await peer.can(ada)).toBe(true)
    })

    test('what was granted by hand is seen as not ours, and is not ours to remove (L14)', async () => {
      const ada = await account()
      await peer.grantByHand(ada)
      const foreign = (await list()).find((s) => s.account.id === ada.id)
      expect(foreign).toMatchObject({ present: true, ours: false })
      expect(foreign?.others).toHaveLength(1)
      expect(await apply(ada, true, 1)).toEqual({ t: 'done' })
      expect(await apply(ada, false, 2)).toEqual({ t: 'done' }) // says the target; the second observation says otherwise
      expect(await see(ada)).toMatchObject({ present: true, ours: false, others: foreign?.others })
      expect(await peer.can(ada)).toBe(true)
    })

    test('ending the right does not end its use: that is ended, or declared (L15)', async () => {
      const ada = await account()
      await apply(ada, true, 1)
      const use = await peer.use(ada)
      expect(await use.alive()).toBe(true)
      await apply(ada, false, 2)
      const { endsUse, residualMs } = main.session.caps
      if (endsUse === 'kill') {
        expect(await use.alive(), 'the use outlives the right').toBe(true)
        expect(await main.session.endUse?.(peer.entitlement, ada, never)).toEqual({ t: 'ok', value: { ended: 1, left: 0 } })
        expect(await use.alive()).toBe(false)
        expect(await main.session.endUse?.(peer.entitlement, ada, never)).toEqual({ t: 'ok', value: { ended: 0, left: 0 } })
      } else if (endsUse === 'live') expect(await use.alive()).toBe(false)
      else expect(residualMs).not.toBe(0)
      await use.close()
    })

    test('a list of more than 1500 holders is whole', async () => {
      const crowd = await peer.crowd(1600)
      const seen = await list(crowd)
      expect(new Set(seen.map((s) => s.account.id)).size).toBe(1600)
      expect(seen.every((s) => s.present)).toBe(true)
    })
  })
}
