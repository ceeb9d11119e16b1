-- People, groups and service principals; roles; scopes. Ids are given by the caller, times too.
create table principals (
  id uuid primary key,
  kind text not null constraint principals_kind_is_known check (kind in ('user', 'group', 'servicePrincipal')),
  display_name text not null,
  -- lower case; people only
  upn text constraint principals_upn_is_unique unique,
  mail text,
  app_id uuid constraint principals_app_id_is_unique unique,
  manager_id uuid constraint principals_manager_exists references principals (id),
  enabled boolean not null default true,
  deleted_at timestamptz,
  is_emergency_access boolean not null default false,
  -- groups only
  assignable_to_role boolean not null default false,
  membership text not null default 'assigned'
    constraint principals_membership_is_known check (membership in ('assigned', 'dynamic', 'synchronised')),
  attributes jsonb not null default '{}',
  created_at timestamptz not null
);
-- whoever is gone, for tidying what they held
create index principals_gone on principals (id) where not enabled or deleted_at is not null;
create index principals_by_name on principals (kind, lower(display_name), id);

-- Every name a person answers to, the upn among them; lower case.
create table principal_names (
  name text primary key,
  principal_id uuid not null constraint principal_names_principal_exists references principals (id) on delete cascade
);

create table roles (
  plane text not null,
  -- a GUID in lower case, or member / owner
  id text not null,
  name text not null,
  description text not null default '',
  built_in boolean not null,
  privileged boolean not null default false,
  enabled boolean not null default true,
  -- actions, notActions, dataActions, notDataActions, condition
  permissions jsonb not null default '{}',
  assignable_scopes text[] not null default '{/}',
  deleted_at timestamptz,
  primary key (plane, id)
);
create index roles_gone on roles (plane, id) where deleted_at is not null;
create index roles_by_name on roles (plane, lower(name));

create table scopes (
  plane text not null,
  -- canonical: see the plane's parseScope
  id text not null,
  kind text not null,
  display_name text not null,
  -- as first spelt, for showing
  spelling text not null,
  parent text,
  -- from the closest to the root; kept by whoever moves a scope
  ancestors text[] not null default '{}',
  locked boolean not null default false,
  managed_at timestamptz,
  attributes jsonb not null default '{}',
  deleted_at timestamptz,
  primary key (plane, id)
);
create index scopes_gone on scopes (plane, id) where deleted_at is not null;
create index scopes_by_ancestor on scopes using gin (ancestors);
create index scopes_by_parent on scopes (plane, parent);
