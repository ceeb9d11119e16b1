// A file of people and the readings of directories, as whole runs: what is written, what is kept of the run, what somebody is shown
// before anything is.

import { type Fault, fault } from '../domain/faults.ts'
import type { Reading, ReadSource } from '../domain/identity/reading.ts'
import type { RunCounts, Source, SourceFinding, SourceState } from '../domain/identity/source.ts'
import { type Result, refuse } from '../domain/result.ts'
import { HOUR, type Instant, MINUTE, SECOND } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { selectDigests } from '../store/identity-links.ts'
import { claimSource, writeSourceState } from '../store/identity-sources.ts'
import { administer, toldEvent } from './administer.ts'
import { authorizeInstallation } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { readCsv } from './identity-csv.ts'
import { type Run, sourceCall } from './identity-run.ts'
import { sourceNamed } from './identity-sources.ts'
import { applyReading, refusedAsWhole, type SyncDone, type SyncTerms, type Transact } from './identity-sync.ts'
import { holdById, withinSource } from './identity-within.ts'

/** Of findings so many are kept to be shown. */
const MOST_FINDINGS = 100
const LEASE = HOUR
/** With findings everything is looked at again this soon: what stood in the way may be gone. */
const FINDINGS_AGAIN = 15 * MINUTE

export interface Imported {
  readonly counts: RunCounts
  readonly findings: readonly SourceFinding[]
  readonly dryRun: boolean
}

class Rehearsed extends Error {
  readonly done: SyncDone
  constructor(done: SyncDone) {
    super('rehearsed')
    this.done = done
  }
}

/** The whole run in one transaction; a rehearsal is rolled back. */
async function inOne(ctx: Ctx, source: Source, reading: Reading, terms: SyncTerms, rehearse: boolean): Promise<Result<SyncDone>> {
  const how = { hold: holdById(source.id), call: sourceCall(ctx.ids()), pushed: false, about: null }
  try {
    return await withinSource<SyncDone>(ctx, how, async (run) => {
      const open: Transact = <T>(work: (r: Run) => Promise<Result<T>>) => work(run)
      const done = await applyReading(ctx, source, reading, terms, open)
      if (rehearse && done.ok) throw new Rehearsed(done.value)
      return done.ok && done.value.findings.length > 0 ? refuse(refusedAsWhole(done.value.findings)) : done
    })
  } catch (error) {
    if (error instanceof Rehearsed) return { ok: true, value: error.done }
    throw error
  }
}

/** Lines in place of ids, where a file is at fault. */
const withLines = (f: Fault, findings: readonly SourceFinding[], lineOf: ReadonlyMap<string, number>): Fault =>
  fault(f.code, {
    detail: findings
      .slice(0, 20)
      .map((x) => `line ${lineOf.get(x.externalId) ?? '?'}: \`${x.name}\`: ${x.words}`)
      .join('; '),
  })

/**
 * Imports a file, whole or not at all; with `dryRun` only tells what it would do. Faults: `Forbidden`, `IdentitySourceNotFound`,
 * `InvalidIdentitySource`, `InvalidImport`, `TooManyLost`.
 */
export async function importFile(
  ctx: Ctx,
  call: Call,
  word: string,
  input: { readonly text: string; readonly dryRun: boolean; readonly override: boolean },
): Promise<Result<Imported>> {
  const about = { subject: 'identitySource', subjectId: word.slice(0, 200), action: 'importIdentities' }
  const may = await authorizeInstallation(ctx, call)
  // As an edit, so that the refusal leaves its event.
  if (!may.ok) return administer<Imported>(ctx, call, about, async () => may)
  const found = await sourceNamed(ctx.db, word)
  if (!found.ok) return found
  const source = found.value
  if (source.kind !== 'csv' || !source.enabled)
    return refuse(
      fault('InvalidIdentitySource', { detail: source.enabled ? 'a file is for a source of the kind `csv`' : 'it is disabled' }),
    )
  const read = readCsv(input.text)
  if (!read.ok) return read
  const gone = source.settings.gone === 'disable' ? ('disable' as const) : ('delete' as const)
  const terms: SyncTerms = { whole: true, override: input.override, gone }
  const rehearsed = await inOne(ctx, source, read.value.reading, terms, true)
  if (!rehearsed.ok) return rehearsed
  const { findings, counts } = rehearsed.value
  if (input.dryRun) return { ok: true, value: { counts, findings, dryRun: true } }
  if (findings.length > 0) return refuse(withLines(refusedAsWhole(findings), findings, read.value.lineOf))
  const began = ctx.now()
  const done = await inOne(ctx, source, read.value.reading, terms, false)
  if (!done.ok) return done
  await close(ctx, source, call, began, { ...done.value, full: true, dryRun: false }, null)
  return { ok: true, value: { ...done.value, dryRun: false } }
}

interface Closing extends SyncDone {
  readonly full: boolean
  readonly dryRun: boolean
}

/** Notes what a run did; an event only where it did something. */
async function close(
  ctx: Ctx,
  source: Source,
  call: Call,
  began: Instant,
  done: Closing,
  more: SourceState | null,
  nextAt?: Instant | null,
) {
  const now = ctx.now()
  const state: SourceState = {
    ...more,
    lastAt: now,
    lastMs: Math.round(now - began),
    lastError: null,
    lastRun: { ...done.counts, full: done.full, dryRun: done.dryRun },
    findings: done.findings.slice(0, MOST_FINDINGS),
    findingCount: done.findings.length,
    wanted: null,
  }
  const changed = Object.values(done.counts).some((n) => n > 0) && !done.dryRun
  await ctx.db.transaction(async (tx) => {
    await writeSourceState(tx, source.id, state, nextAt)
    const data = {
      name: source.name,
      ...done.counts,
      findings: done.findings.length,
      identitySource: source.name,
      identitySourceId: source.id,
    }
    const told = { subject: 'identitySource', subjectId: source.id, action: 'readIdentities', data }
    if (changed) await record(tx, [toldEvent(ctx, call, now, 'change', told)], now)
  })
}

const seconds = (v: unknown, otherwise: number): number => (typeof v === 'number' && v > 0 ? v : otherwise) * SECOND

/** A run that failed: it is said once, and tried again when the next is due. Nobody is gone because of it. */
async function failed(ctx: Ctx, source: Source, f: Fault, nextAt: Instant): Promise<void> {
  const now = ctx.now()
  await ctx.db.transaction(async (tx) => {
    await writeSourceState(tx, source.id, { lastAt: now, lastError: f.words, wanted: null }, nextAt)
    if (source.state.lastError === f.words) return
    const data = { name: source.name, code: f.code, identitySource: source.name, identitySourceId: source.id }
    const told = { subject: 'identitySource', subjectId: source.id, action: 'readIdentitiesFailed', reason: f.words, data }
    await record(tx, [toldEvent(ctx, sourceCall(ctx.ids()), now, 'change', told)], now)
  })
}

export interface Synced {
  readonly source: string
  readonly result: Result<SyncDone>
}

/** Reads one directory that is due and takes over what it says; null when none is due. */
export async function syncDue(ctx: Ctx, read: ReadSource): Promise<Synced | null> {
  const began = ctx.now()
  const source = await ctx.db.transaction((tx) => claimSource(tx, began, began + LEASE))
  if (!source) return null
  const { settings, state } = source
  const every = seconds(settings.everySeconds, 60)
  const again = (state.findingCount ?? 0) > 0 ? FINDINGS_AGAIN : seconds(settings.fullEverySeconds, 86_400)
  const wanted = state.wanted ?? { full: false, dryRun: false, override: false }
  const full = wanted.full || state.fullAt == null || began - state.fullAt >= again
  const known = new Set((await selectDigests(ctx.db, source.id)).map((l) => l.externalId))
  const reading = await read(settings, state, { full, known })
  const terms: SyncTerms = {
    whole: wanted.dryRun,
    override: wanted.override,
    gone: settings.gone === 'disable' ? 'disable' : 'delete',
    ...(typeof settings.brakeShare === 'number' ? { share: settings.brakeShare } : {}),
  }
  const call = sourceCall(ctx.ids())
  const how = { hold: holdById(source.id), call, pushed: false, about: null }
  const each: Transact = (work) => withinSource(ctx, how, work)
  const done = !reading.ok
    ? reading
    : wanted.dryRun
      ? await inOne(ctx, source, reading.value, terms, true)
      : await applyReading(ctx, source, reading.value, terms, each)
  if (!done.ok || !reading.ok) {
    const f = done.ok ? fault('InternalServerError') : done.fault
    await failed(ctx, source, f, ctx.now() + every)
    return { source: source.name, result: refuse(f) }
  }
  // A rehearsal moves no mark: what it read was not taken over.
  const mark: SourceState = wanted.dryRun ? {} : { watermark: reading.value.watermark, ...(reading.value.full ? { fullAt: began } : {}) }
  await close(ctx, source, call, began, { ...done.value, full: reading.value.full, dryRun: wanted.dryRun }, mark, ctx.now() + every)
  return { source: source.name, result: done }
}
