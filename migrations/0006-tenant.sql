-- One tenant an installation, its settings, its authentication contexts and its signing keys.
create table tenant (
  id uuid primary key,
  display_name text not null,
  domains text[] not null,
  settings jsonb not null default '{}',
  only_one boolean not null default true constraint tenant_is_single unique check (only_one)
);

create table authentication_contexts (
  id text primary key constraint authentication_contexts_id_is_known check (id ~ '^c[1-9][0-9]?$'),
  display_name text not null,
  description text not null default '',
  enabled boolean not null default true,
  strength text not null default 'mfa' constraint authentication_contexts_strength_is_known check (strength in ('mfa', 'phishingResistant', 'passkey')),
  -- milliseconds; null where a proof holds as long as its token
  maximum_age bigint,
  -- CIDR; none means anywhere
  networks text[] not null default '{}',
  compliant_device boolean not null default false
);
