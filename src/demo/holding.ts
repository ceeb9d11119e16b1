// The second half of the story: in effect at the target, ended by itself, refused again, and the records of it all.

import { DatabaseError } from 'pg'
import { look } from './governed.ts'
import type { Scene, Stage } from './stage.ts'
import { patience, pause, untilRefused } from './watching.ts'

const inEffect: Scene = {
  step: 'in-effect',
  words: 'engineer logs in to payments and reads payouts; the session stays open',
  async play(stage) {
    const { governed, memory } = stage
    const { at } = await memory.effective
    const session = await governed.login('engineer')
    memory.session = session
    memory.sessionEnd = new Promise((done) => {
      // The server's last word to a session is an error that nobody asked for.
      session.on('error', (error) => {
        if (error instanceof DatabaseError) done({ code: error.code ?? '', words: error.message, at: stage.now() })
      })
    })
    const said = await look(session)
    if (said.code === 'ok') stage.mark('effective', at)
    const { items } = await stage.client('engineer').grants({ query: { mine: 'principal' } })
    const states = items.map((g) => `${g.entitlement} at ${g.target}`)
    return {
      said: `${said.rows} rows, as holder of ${states.join(', ')}`,
      proofs: [
        { what: "the target's answer to the engineer's query", want: ['ok', 3], got: [said.code, said.rows] },
        { what: 'the grant it comes from', want: ['payments_operator at payments'], got: states },
      ],
    }
  },
}

/** Somewhat before the end the target is asked again and again, so that the moment it refuses is seen. */
const EARLY_MS = 50

async function endOf(stage: Stage): Promise<number> {
  const { until } = await stage.client('engineer').request({ params: { id: stage.memory.requestId } })
  return until === null ? Number.NaN : Date.parse(until)
}

const ended: Scene = {
  step: 'session-ended',
  words: 'the stint ends by itself, and the target ends the open session',
  async play(stage) {
    const { memory } = stage
    memory.until = await endOf(stage)
    await pause(stage, memory.until - EARLY_MS - stage.now())
    memory.refused = untilRefused(stage, 'engineer')
    const stillOpen = patience().then(() => ({ code: 'still open', words: '', at: stage.now() }))
    const end = await Promise.race([memory.sessionEnd, stillOpen])
    stage.mark('ended', memory.until)
    stage.mark('sessionEnded', end.at)
    return {
      said: `${end.code} ${end.words}`,
      proofs: [
        { what: "the target's last word to the open session", want: '57P01', got: end.code },
        { what: 'not before its end', want: true, got: end.at >= memory.until },
      ],
    }
  },
}

const refused: Scene = {
  step: 'refused-after',
  words: 'engineer logs in to payments and may not read payouts any more',
  async play(stage) {
    const said = await stage.memory.refused
    stage.mark('refused', said.at)
    return {
      said: `${said.code} ${said.words}`,
      proofs: [
        { what: "the target's answer to the engineer's query", want: '42501', got: said.code },
        { what: 'not before its end', want: true, got: said.at >= stage.memory.until },
      ],
    }
  },
}

const GROUP_NAME = 'pag-payments-operators'

/** What has to be in the records of the request, in this order. */
const RECORDED = [
  'request None>PendingApproval',
  'request PendingApproval>Provisioned',
  'grant None>Granting',
  'grant Granting>Granted',
  'grant Granted>Revoking',
  'grant Revoking>Revoked',
]

const movesOf = (events: readonly { subject: string; from: string | null; to: string | null }[]) =>
  events.map((e) => `${e.subject} ${e.from ?? 'None'}>${e.to ?? ''}`)

const RECORDS_PATIENCE_MS = 10_000

const records: Scene = {
  step: 'records',
  words: 'auditor reads what was recorded of the request',
  async play(stage) {
    const auditor = stage.client('auditor')
    const give = stage.now() + RECORDS_PATIENCE_MS
    const read = () => auditor.requestEvents({ params: { id: stage.memory.requestId }, query: {} })
    let found = await read()
    // The target refuses as soon as the right is gone; the record waits for the look that proves it.
    for (; !movesOf(found.items).includes(RECORDED.at(-1) ?? '') && stage.now() < give; found = await read()) await pause(stage, 20)
    const moves = movesOf(found.items)
    stage.mark('asked', Date.parse(found.request.createdAt))
    const approval = found.items.find((e) => e.subject === 'request' && e.to === 'Provisioned')
    if (approval) stage.mark('approved', Date.parse(approval.at))
    const states = found.items.filter((e) => e.subject !== 'approval').map((e) => `${e.subject} ${e.to}`)
    return {
      said: `${moves.length} events: ${states.join(', ')}`,
      proofs: [{ what: 'the changes of state, in order', want: RECORDED, got: moves.filter((move) => RECORDED.includes(move)) }],
    }
  },
}

interface Preview {
  readonly findings?: readonly { readonly rule: string; readonly words: string }[]
}

const why: Scene = {
  step: 'why',
  words: 'sam, of the same team, asks `stint why`',
  async play(stage) {
    const { code, out } = await stage.command('sam', ['why', 'member', '--scope', GROUP_NAME, '--json'])
    const { findings = [] } = JSON.parse(out) as Preview
    return {
      said: findings.map((f) => `${f.rule}: ${f.words}`).join('; '),
      proofs: [
        { what: 'exit code', want: 1, got: code },
        { what: 'rules', want: ['EligibilityRule', 'JustificationRule'], got: findings.map((f) => f.rule) },
      ],
    }
  },
}

export const HOLDING: readonly Scene[] = [inEffect, ended, refused, records, why]
