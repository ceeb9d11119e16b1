// Is the line good, and is the credential exactly as strong as it must be? An admin option lets its holder grant the role to
// themselves whatever the other options say (decision D40), so every admin option that is not ours, and every self-grant, is an alarm.

import type { PoolClient } from 'pg'
import type { EntitlementRef, Health, HealthFinding } from '../../domain/provisioning/connector.ts'

const SKEW_MS = 2000
const SOON_MS = 14 * 86_400_000
const OLDEST_MAJOR = 15

interface Facts {
  major: number
  version: string
  now_ms: number
  standby: boolean
  me: string
  superuser: boolean
  createrole: boolean
  createdb: boolean
  bypassrls: boolean
  replication: boolean
  until_ms: number | null
  fence: boolean
  signals: boolean
  open_databases: string[]
}

const FACTS = `
  select current_setting('server_version_num')::int / 10000 as major,
         current_setting('server_version') as version,
         extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
         pg_is_in_recovery() as standby,
         rolname::text as me, rolsuper as superuser, rolcreaterole as createrole, rolcreatedb as createdb,
         rolbypassrls as bypassrls, rolreplication as replication,
         case when isfinite(rolvaliduntil) then extract(epoch from rolvaliduntil)::float8 * 1000 end as until_ms,
         coalesce((select bool_and(has_table_privilege(c.oid, p)) from pg_class c, unnest(array['select', 'insert', 'update']) p
                    where c.oid = to_regclass('stint.fence')), false) as fence,
         pg_has_role('pg_signal_backend', case when current_setting('server_version_num')::int >= 160000 then 'usage' else 'member' end)
           as signals,
         array(select datname::text from pg_database
                where datallowconn and not datistemplate and has_database_privilege('public', oid, 'connect') order by 1) as open_databases
    from pg_roles where rolname = current_user`

interface Membership {
  id: string
  role: string
  login: boolean
  member: string
  mine: boolean
  by_me: boolean
  admin: boolean
  usable: boolean
}

// Everything we are a member of, and everybody with an admin option on a governed role; superusers need none.
const MEMBERSHIPS = `
  select r.oid::text as id, r.rolname::text as role, r.rolcanlogin as login, a.rolname::text as member,
         a.rolname = current_user as mine, coalesce(g.rolname = current_user, false) as by_me, m.admin_option as admin,
         coalesce((o->>'inherit_option')::bool or (o->>'set_option')::bool, false) as usable
    from pg_auth_members m, to_jsonb(m) as o, pg_roles r, pg_roles a, pg_roles g
   where r.oid = m.roleid and a.oid = m.member and g.oid = m.grantor
     and (a.rolname = current_user or (m.admin_option and r.oid::text = any($1::text[]) and not a.rolsuper))`

/** Asks the server about itself and about us. `now` is our own clock, read just before. */
export async function check(client: PoolClient, entitlements: readonly EntitlementRef[], now: () => number): Promise<Health> {
  const sent = now()
  const facts = (await client.query<Facts>(FACTS)).rows[0]
  if (!facts) throw new Error('the server does not list the role that is connected')
  const clockSkewMs = Math.round(facts.now_ms - (sent + now()) / 2)
  const memberships = (await client.query<Membership>(MEMBERSHIPS, [entitlements.map((e) => e.id)])).rows
  const findings = [...ofServer(facts, sent, clockSkewMs), ...entitlements.flatMap((e) => ofEntitlement(e, memberships))]
  findings.push(...ofExcess(entitlements, memberships), ...(await ofLogin(client, entitlements)))
  const rank = { error: 0, alarm: 1, warn: 2 }
  findings.sort((a, b) => rank[a.level] - rank[b.level])
  return { reachable: true, version: facts.version, credentialEndsAt: facts.until_ms, clockSkewMs, findings }
}

function ofServer(f: Facts, now: number, skew: number): HealthFinding[] {
  const soon = f.until_ms !== null && f.until_ms - now < SOON_MS
  // biome-ignore format: one condition per line
  const table: readonly (readonly [boolean, HealthFinding['level'], string, string])[] = [
    [f.major < OLDEST_MAJOR, 'error', 'version', `PostgreSQL ${f.version} is older than ${OLDEST_MAJOR}, the oldest that is tested`],
    [f.standby,     'error', 'standby',     'this is a standby: nothing can be granted here'],
    [f.superuser,   'error', 'superuser',   `\`${f.me}\` is a superuser: run the set-up script with a role of its own`],
    [f.createrole,  'error', 'createrole',  `\`${f.me}\` can create roles: take \`createrole\` away`],
    [f.createdb || f.bypassrls || f.replication, 'error', 'attributes', `\`${f.me}\` has createdb, bypassrls or replication, and needs none of them`],
    [!f.fence,      'error', 'fence',       '`stint.fence` is missing or not writable: run the set-up script in this database'],
    [!f.signals,    'error', 'signal',      `\`${f.me}\` cannot end sessions: grant it \`pg_signal_backend\``],
    [soon,          'warn',  'credential',  `the password of \`${f.me}\` ends within two weeks`],
    [Math.abs(skew) > SKEW_MS, 'warn', 'clock', `the server's clock differs from ours by ${skew} ms`],
    [f.open_databases.length > 0, 'warn', 'public-connect', `anybody with an account may connect to ${list(f.open_databases)}: revoke \`connect\` from \`public\``],
  ]
  return table.filter(([holds]) => holds).map(([, level, code, words]) => ({ level, code, words }))
}

function ofEntitlement(e: EntitlementRef, all: readonly Membership[]): HealthFinding[] {
  const here = all.filter((m) => m.id === e.id)
  const found: HealthFinding[] = []
  if (!here.some((m) => m.mine && m.admin)) {
    found.push({ level: 'error', code: 'no-admin-option', words: `the connector may not grant \`${e.name}\`: run the set-up script` })
  }
  const self = here.filter((m) => m.mine && m.usable)
  if (self.length > 0) {
    const words = `the connector's own role can use \`${e.name}\`${self.some((m) => m.by_me) ? ': it granted the role to itself' : ''}`
    found.push({ level: 'alarm', code: 'self-grant', words })
  }
  const others = here.filter((m) => !m.mine && m.admin).map((m) => m.member)
  if (others.length > 0) {
    found.push({
      level: 'alarm',
      code: 'foreign-admin-option',
      words: `${list(others)} can grant \`${e.name}\` to anybody, themselves too`,
    })
  }
  return found
}

function ofExcess(entitlements: readonly EntitlementRef[], all: readonly Membership[]): HealthFinding[] {
  const needed = new Set(entitlements.map((e) => e.id))
  const excess = all.filter((m) => m.mine && !needed.has(m.id) && (m.role !== 'pg_signal_backend' || m.admin)).map((m) => m.role)
  if (excess.length === 0) return []
  return [{ level: 'error', code: 'excess', words: `the connector is a member of ${list(excess)}, which nothing here needs` }]
}

async function ofLogin(client: PoolClient, entitlements: readonly EntitlementRef[]): Promise<HealthFinding[]> {
  const { rows } = await client.query<{ name: string; login: boolean | null }>(
    `select asked.name, r.rolcanlogin as login from unnest($1::text[], $2::text[]) as asked (id, name)
       left join pg_roles r on r.oid::text = asked.id`,
    [entitlements.map((e) => e.id), entitlements.map((e) => e.name)],
  )
  return rows.flatMap((r): HealthFinding[] => {
    if (r.login === null) return [{ level: 'error', code: 'gone', words: `role \`${r.name}\` no longer exists at the server` }]
    return r.login ? [{ level: 'alarm', code: 'login', words: `\`${r.name}\` can log in by itself: make it \`nologin\`` }] : []
  })
}

const list = (names: readonly string[]): string => [...new Set(names)].map((n) => `\`${n}\``).join(', ')
