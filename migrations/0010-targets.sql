-- Governed systems, what can be held there, whose accounts are whose, and which privilege confers what.
create table targets (
  id uuid primary key,
  name text not null constraint targets_name_is_unique unique,
  kind text not null,
  -- names secrets (an environment variable, a file), never holds them (D31)
  config jsonb not null,
  enabled boolean not null default true,
  -- between looks at all holders
  recheck_ms bigint not null default 300000 constraint targets_recheck_is_positive check (recheck_ms > 0),
  -- holders that nothing of ours explains
  drift text not null default 'report' constraint targets_drift_is_known check (drift in ('report', 'remove')),
  -- holdings from before us are removed too
  exclusive boolean not null default false,
  -- a revocation not proven after this is overdue
  objective_ms bigint not null default 30000 constraint targets_objective_is_positive check (objective_ms > 0),
  -- when all holders are to be looked at next
  observe_at timestamptz not null,
  -- what the last check found
  health jsonb,
  checked_at timestamptz,
  created_at timestamptz not null
);
create index targets_observed on targets (observe_at) where enabled;

create table entitlements (
  id uuid primary key,
  target_id uuid not null constraint entitlements_target_exists references targets (id),
  -- the target's immutable id, looked up once by name
  external_id text,
  name text not null,
  -- why the name could not be looked up
  trouble text,
  constraint entitlements_name_is_unique unique (target_id, name),
  constraint entitlements_external_id_is_unique unique (target_id, external_id)
);

-- One person, one account; always stated, never derived from a name (D31).
create table accounts (
  id uuid primary key,
  target_id uuid not null constraint accounts_target_exists references targets (id),
  principal_id uuid not null constraint accounts_principal_exists references principals (id),
  external_id text,
  name text not null,
  trouble text,
  constraint accounts_one_per_person unique (target_id, principal_id),
  constraint accounts_name_is_unique unique (target_id, name),
  constraint accounts_one_person_each unique (target_id, external_id)
);

create table bindings (
  id uuid primary key,
  plane text not null,
  scope text not null,
  role text not null,
  entitlement_id uuid not null constraint bindings_entitlement_exists references entitlements (id),
  created_at timestamptz not null,
  constraint bindings_are_unique unique (plane, role, scope, entitlement_id),
  constraint bindings_scope_exists foreign key (plane, scope) references scopes (plane, id),
  constraint bindings_role_exists foreign key (plane, role) references roles (plane, id)
);
create index bindings_by_entitlement on bindings (entitlement_id);

-- What a look at all holders found; kept after it was resolved.
create table drift_findings (
  id uuid primary key,
  target_id uuid not null constraint drift_findings_target_exists references targets (id),
  entitlement_id uuid constraint drift_findings_entitlement_exists references entitlements (id),
  kind text not null constraint drift_findings_kind_is_known check (kind in ('unknown', 'returned', 'missing', 'brake', 'health')),
  -- the account at the target, or the code of what is wrong with it
  subject text not null,
  name text not null,
  words text not null,
  found_at timestamptz not null,
  seen_at timestamptz not null,
  resolved_at timestamptz
);
create unique index drift_findings_open on drift_findings (target_id, kind, subject, coalesce(entitlement_id, target_id)) where resolved_at is null;
create index drift_findings_by_target on drift_findings (target_id, found_at desc, id);
