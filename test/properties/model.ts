// What should happen, said as plainly as possible and in other words than the engine's: for each person one eligibility and one
// activation at most, as spans of time. It knows nothing of statuses, workers or events.

export interface Span {
  start: number
  end: number
  /** The request that asked for it. */
  id: string
}

interface Asked {
  id: string
  who: string
  /** How long access shall last, from the decision. */
  ms: number
  start: number
  due: number
  /** The eligibility it was asked on. */
  basis: Span
}

const MINUTE = 60_000
const SHORTEST = 5 * MINUTE
const DAY = 86_400_000

export class Model {
  now = 0
  approval = false
  eligible = new Map<string, Span>()
  active = new Map<string, Span & { basis: Span }>()
  waiting: Asked[] = []

  private running = <T extends Span>(spans: Map<string, T>, who: string): T | undefined => {
    const span = spans.get(who)
    return span && this.now < span.end ? span : undefined
  }

  assign(who: string, ms: number, id: string): void {
    this.eligible.set(who, { start: this.now, end: this.now + ms, id })
  }

  /** May the person ask for this now? The engine must agree. */
  mayActivate(who: string, ms: number, startIn: number): boolean {
    const basis = this.running(this.eligible, who)
    const start = this.now + startIn
    if (!basis || start >= basis.end || ms > 8 * 60 * MINUTE) return false
    if (Math.min(start + ms, basis.end) - start < SHORTEST) return false
    // A request that lapsed is pending until the worker has looked; it gives nobody access meanwhile.
    return !this.running(this.active, who) && !this.waiting.some((w) => w.who === who)
  }

  activated(who: string, ms: number, startIn: number, id: string): void {
    const basis = this.eligible.get(who)
    if (!basis) throw new Error('activated without an eligibility')
    const start = this.now + startIn
    if (this.approval) this.waiting.push({ id, who, ms, start, due: this.now + DAY, basis })
    else this.active.set(who, { start, end: Math.min(start + ms, basis.end), id, basis })
  }

  approved(id: string): void {
    const asked = this.waiting.find((w) => w.id === id)
    this.forget(id)
    if (!asked) return
    const start = Math.max(asked.start, this.now)
    const end = Math.min(start + asked.ms, asked.basis.end)
    const stands = this.eligible.get(asked.who) === asked.basis && this.now < asked.basis.end && start < asked.basis.end
    if (stands && end - start >= SHORTEST) this.active.set(asked.who, { start, end, id, basis: asked.basis })
  }

  forget(id: string): void {
    this.waiting = this.waiting.filter((w) => w.id !== id)
  }

  endActivation(who: string): void {
    this.active.delete(who)
  }

  endEligibility(who: string): void {
    const gone = this.eligible.get(who)
    this.eligible.delete(who)
    if (this.active.get(who)?.basis === gone) this.active.delete(who)
    this.waiting = this.waiting.filter((w) => w.basis !== gone)
  }

  holds(who: string): boolean {
    const span = this.active.get(who)
    return span !== undefined && span.start <= this.now && this.now < span.end
  }
}
