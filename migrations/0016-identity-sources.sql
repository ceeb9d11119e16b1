-- Where people and groups come from by themselves. A source writes only what it keeps: what it made, or what was adopted for it. Of
-- a token only the SHA-256 lies here; the account that reads a directory is named, never held.
create table identity_sources (
  id uuid primary key,
  kind text not null constraint identity_sources_kind_is_known check (kind in ('scim', 'ldap', 'csv', 'oidc')),
  name text not null,
  settings jsonb not null default '{}',
  -- may it take over whom it finds here under the same name?
  adopt boolean not null default false,
  enabled boolean not null default true,
  -- watermark, last run, last error, findings
  state jsonb not null default '{}',
  -- of those that are read: when it is due, and until when somebody is at it
  next_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz not null
);
create unique index identity_sources_name_is_unique on identity_sources (lower(name));
create index identity_sources_due on identity_sources (next_at) where next_at is not null and enabled;

create table source_tokens (
  id uuid primary key,
  source_id uuid not null constraint source_tokens_source_exists references identity_sources (id) on delete cascade,
  digest bytea not null constraint source_tokens_digest_is_unique unique,
  -- its beginning, to tell one from another
  hint text not null,
  created_at timestamptz not null,
  ends_at timestamptz not null,
  revoked_at timestamptz
);
create index source_tokens_by_source on source_tokens (source_id, created_at);

-- Which source keeps whom. One principal has one keeper at most.
create table identity_links (
  source_id uuid not null constraint identity_links_source_exists references identity_sources (id) on delete cascade,
  kind text not null constraint identity_links_kind_is_known check (kind in ('user', 'group')),
  -- how the source knows it: an externalId, an objectGUID, a line's id
  external_id text not null,
  principal_id uuid not null constraint identity_links_one_keeper unique constraint identity_links_principal_exists references principals (id),
  -- what the source calls it, lower case: a userName, a group's name
  name text not null,
  -- what the source sent, as it may read it back
  doc jsonb not null default '{}',
  -- the source's own last word on whether the person may act
  active boolean not null default true,
  -- turned off by somebody here: the source does not turn it on again
  held boolean not null default false,
  adopted boolean not null default false,
  version bigint not null default 1,
  created_at timestamptz not null,
  modified_at timestamptz not null,
  primary key (source_id, kind, external_id)
);
create index identity_links_listed on identity_links (source_id, kind, principal_id);
create index identity_links_by_name on identity_links (source_id, kind, name, principal_id);
create unique index identity_links_user_name on identity_links (source_id, name) where kind = 'user';
create index identity_links_by_display on identity_links (source_id, kind, lower(doc ->> 'displayName'), principal_id);
create index identity_links_by_creation on identity_links (source_id, kind, created_at, principal_id);
create index identity_links_by_change on identity_links (source_id, kind, modified_at, principal_id);

-- Memberships that a source put in place: those it may end.
create table identity_members (
  group_id uuid not null constraint identity_members_group_exists references principals (id) on delete cascade,
  principal_id uuid not null constraint identity_members_principal_exists references principals (id) on delete cascade,
  source_id uuid not null constraint identity_members_source_exists references identity_sources (id) on delete cascade,
  schedule_id uuid not null constraint identity_members_schedule_exists references schedules (id),
  primary key (group_id, principal_id)
);
create index identity_members_by_principal on identity_members (principal_id, group_id);
create index identity_members_by_source on identity_members (source_id, group_id);

-- What sources did to somebody, latest first: whoever lost access asks why.
create index events_of_sources on events (principal_id, position) where data ? 'identitySource';
