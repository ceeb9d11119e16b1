// Who holds a role, by the server's own catalogue: directly or through other roles, and granted by whom.

import type { PoolClient } from 'pg'
import type { AccountRef, Answer, EntitlementRef, Observation, Seen } from '../../domain/provisioning/connector.ts'
import { identify, type Role } from './roles.ts'

interface Holder {
  readonly id: string
  readonly name: string
  readonly direct: boolean
  readonly ours: boolean
  readonly others: readonly string[]
}

// A membership that neither inherits nor may `set role` is no use of the role (16 and later): it only hands it on, and `check` looks
// at those. Up to 15 there are no such options, and the one admin option that must be there is our own.
const HOLDERS = `
  with recursive
    me as (select oid from pg_roles where rolname = current_user),
    holding as (
      select m.roleid, m.member, m.grantor
        from pg_auth_members m, to_jsonb(m) as o, me
       where case when o ? 'inherit_option'
                  then (o->>'inherit_option')::bool or (o->>'set_option')::bool
                  else m.member <> me.oid end
    ),
    below (member, through) as (
      select member, null::oid from holding where roleid = $1::oid
      union
      select h.member, h.roleid from holding h join below b on h.roleid = b.member
    )
  select a.oid::text as id,
         a.rolname::text as name,
         bool_or(b.through is null) as direct,
         coalesce(bool_or(g.grantor = me.oid), false) as ours,
         coalesce(array_agg(distinct coalesce(t.rolname::text, gr.rolname::text, 'a role since dropped'))
                    filter (where g.grantor is distinct from me.oid), '{}') as others
    from below b
    cross join me
    join pg_roles a on a.oid = b.member
    left join holding g on b.through is null and g.roleid = $1::oid and g.member = b.member
    left join pg_roles gr on gr.oid = g.grantor
    left join pg_roles t on t.oid = b.through
   where $2::text[] is null or a.oid::text = any($2::text[])
   group by a.oid, a.rolname
   order by a.oid`

/** Answers one row for each account asked, in order; for `all`, every holder. The list is always whole: it is one statement. */
export async function observe(
  client: PoolClient,
  entitlement: EntitlementRef,
  who: readonly AccountRef[] | 'all',
): Promise<Answer<Observation>> {
  const asked = who === 'all' ? [] : who
  const [role, ...members] = await identify(client, [entitlement, ...asked])
  if (role?.t === 'blocked') return role
  const stranger = members.find((m) => m.t === 'blocked')
  if (stranger?.t === 'blocked') return stranger

  const { rows } = await client.query<Holder>(HOLDERS, [entitlement.id, who === 'all' ? null : asked.map((a) => a.id)])
  if (who === 'all') return whole(rows.map((r) => seen(r, r)))
  const byId = new Map(rows.map((r) => [r.id, r]))
  return whole(
    asked.map((account, n) => {
      const member = members[n]
      const now = member?.t === 'is' ? member.role : null
      return seen({ id: account.id, name: now?.name ?? account.name }, byId.get(account.id), now)
    }),
  )
}

const whole = (all: readonly Seen[]): Answer<Observation> => ({ t: 'ok', value: { seen: all, complete: true } })

function seen(account: AccountRef, holder: Holder | undefined, role: Role | null = null): Seen {
  const base = { account: { id: account.id, name: account.name }, expiresAt: null }
  if (holder) return { ...base, present: true, ours: holder.ours, others: holder.others, via: holder.direct ? 'direct' : 'nested' }
  // Asked whether the person can still do it, the truth about a superuser is yes.
  const superuser = role?.superuser === true
  return { ...base, present: superuser, ours: false, others: superuser ? ['superuser'] : [], via: superuser ? 'nested' : 'direct' }
}
