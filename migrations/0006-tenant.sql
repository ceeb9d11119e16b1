-- One tenant an installation, its settings, its authentication contexts and its signing keys.
create table tenant (
  id uuid primary key,
  display_name text not null,
  domains text[] not null,
  settings jsonb not null default '{}',
  only_one boolean not null default true constraint tenant_is_single unique check (only_one)
);

create table authentication_contexts (
  id text primary key,
  display_name text not null,
  description text not null default '',
  enabled boolean not null default true
);
