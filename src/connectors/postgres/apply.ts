// Makes one membership as it should be, in one transaction: the fence first, then GRANT or REVOKE, then proof that it went where
// it should. Whatever freezes, dies or is told twice in between leaves either all of it or nothing.

import type { PoolClient } from 'pg'
import type { AccountRef, Answer, Intent, Outcome } from '../../domain/provisioning/connector.ts'
import { identify } from './roles.ts'

/** Runs the transaction; a thrown error means it did not commit. */
export async function apply(client: PoolClient, intent: Intent): Promise<Outcome> {
  await client.query('begin')
  const outcome = await within(client, intent)
  await client.query(outcome.t === 'done' ? 'commit' : 'rollback')
  return outcome
}

async function within(client: PoolClient, intent: Intent): Promise<Outcome> {
  const { entitlement, account } = intent
  const stale = await fence(client, intent)
  if (stale) return stale
  const [role, member] = await identify(client, [entitlement, account])
  if (role?.t === 'blocked') return role
  if (member?.t === 'blocked') return member
  if (role?.t !== 'is' || member?.t !== 'is') {
    if (!intent.present) return { t: 'done' }
    const gone = role?.t === 'is' ? account : entitlement
    return { t: 'blocked', needs: 'identity', reason: `role \`${gone.name}\` no longer exists at the server` }
  }
  const before = await membership(client, intent)
  if (before.asWanted) return { t: 'done' }
  await client.query(before.statement)
  const after = await membership(client, intent)
  if (after.asWanted) return { t: 'done' }
  return { t: 'retry', reason: 'the server said yes and the membership is not as asked: perhaps a role was renamed meanwhile' }
}

/** Takes the fence row; answers `stale` where a newer intent was here first. Equal is the same intent again. */
async function fence(client: PoolClient, intent: Intent): Promise<Outcome | null> {
  const who = [intent.entitlement.id, intent.account.id]
  const taken = await client.query(
    `insert into stint.fence as f (role, member, fence) values ($1::oid, $2::oid, $3)
     on conflict (role, member) do update set fence = excluded.fence where f.fence <= excluded.fence`,
    [...who, intent.fence],
  )
  if (taken.rowCount === 1) return null
  const { rows } = await client.query<{ fence: string }>('select fence from stint.fence where role = $1::oid and member = $2::oid', who)
  return { t: 'stale', known: Number(rows[0]?.fence) }
}

interface Membership {
  readonly asWanted: boolean
  readonly statement: string
}

/**
 * From 16 on each grantor has a grant of their own, and ours is the one we add or remove. Up to 15 there is one for all: somebody
 * else's is neither doubled nor, since it is not ours, removed; the second observation then says who granted it.
 */
async function membership(client: PoolClient, intent: Intent): Promise<Membership> {
  const { rows } = await client.query<{ any: boolean; ours: boolean; major: number; grant: string; revoke: string }>(
    `select coalesce(bool_or(m.member is not null), false) as any,
            coalesce(bool_or(m.grantor = me.oid), false) as ours,
            current_setting('server_version_num')::int / 10000 as major,
            format('grant %I to %I', r.rolname, a.rolname) as grant,
            format('revoke %I from %I', r.rolname, a.rolname) as revoke
       from pg_roles r
       join pg_roles a on a.oid = $2::oid
       join pg_roles me on me.rolname = current_user
       left join pg_auth_members m on m.roleid = r.oid and m.member = a.oid
      where r.oid = $1::oid
      group by r.rolname, a.rolname`,
    [intent.entitlement.id, intent.account.id],
  )
  const now = rows[0]
  if (!now) return { asWanted: !intent.present, statement: '' }
  const granted = now.major >= 16 ? now.ours : now.any
  return intent.present ? { asWanted: granted, statement: now.grant } : { asWanted: !now.ours, statement: now.revoke }
}

/**
 * Ends the account's sessions: one that did `set role` keeps the right until it ends. All of them, since the server does not say
 * which one did. New ones are not counted: they began after the revoke.
 */
export async function endUse(client: PoolClient, account: AccountRef, waitMs: number): Promise<Answer<{ ended: number; left: number }>> {
  const { rows } = await client.query<{ pid: number; superuser: boolean }>(
    `select s.pid, r.rolsuper as superuser from pg_stat_activity s join pg_roles r on r.oid = s.usesysid
      where s.usesysid = $1::oid and s.pid <> pg_backend_pid()`,
    [account.id],
  )
  const pids = rows.map((r) => r.pid)
  if (pids.length === 0) return { t: 'ok', value: { ended: 0, left: 0 } }
  if (rows.some((r) => r.superuser)) return { t: 'ok', value: { ended: 0, left: pids.length } }
  await terminate(client, pids, account)
  const left = await stillThere(client, pids, account, waitMs)
  return { t: 'ok', value: { ended: pids.length - left, left } }
}

/** Up to 15 a connector that does not inherit puts the right on for this one statement; from 16 on it was given it to inherit. */
async function terminate(client: PoolClient, pids: readonly number[], account: AccountRef): Promise<void> {
  const { rows } = await client.query<{ inherits: boolean }>(`select pg_has_role('pg_signal_backend', 'usage') as inherits`)
  await client.query('begin')
  if (!rows[0]?.inherits) await client.query('set local role pg_signal_backend')
  // Looked up again in the same statement: a process id may by now be somebody else's.
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid = any($1::int[]) and usesysid = $2::oid', [
    pids,
    account.id,
  ])
  await client.query('commit')
}

async function stillThere(client: PoolClient, pids: readonly number[], account: AccountRef, waitMs: number): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where pid = any($1::int[]) and usesysid = $2::oid',
    [pids, account.id],
  )
  const n = rows[0]?.n ?? 0
  if (n === 0 || waitMs <= 0) return n
  await new Promise((resolve) => setTimeout(resolve, 20))
  return stillThere(client, pids, account, waitMs - 20)
}
