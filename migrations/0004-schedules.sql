-- Eligibilities and assignments. An instance is a schedule whose window contains now: a query, never a row.
create table schedules (
  id uuid primary key,
  name text not null,
  plane text not null,
  scope text not null,
  role text not null,
  principal_id uuid not null constraint schedules_principal_exists references principals (id),
  level text not null constraint schedules_level_is_known check (level in ('Eligibility', 'Assignment')),
  source text not null constraint schedules_source_is_known check (source in ('Assigned', 'Activated', 'Outside')),
  status text not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  created_at timestamptz not null,
  modified_at timestamptz,
  request_id uuid,
  -- of an activation: the eligibility used
  basis_id uuid constraint schedules_basis_exists references schedules (id),
  condition text,
  condition_version text,
  -- of an assignment made past the front door: what for
  description text,
  -- the group that a membership belongs to
  group_id uuid generated always as (case when plane = 'group' then scope::uuid end) stored,
  holding uuid generated always as (
    md5(principal_id::text || '|' || plane || '|' || scope || '|' || role || '|' || level || '|' || source)::uuid
  ) stored,
  constraint schedules_end_after_start check (ends_at is null or ends_at >= starts_at),
  constraint schedules_activations_have_a_basis check ((source = 'Activated') = (basis_id is not null)),
  constraint schedules_scope_exists foreign key (plane, scope) references scopes (plane, id),
  constraint schedules_role_exists foreign key (plane, role) references roles (plane, id),
  -- D4: no two overlapping windows of one source for the same principal, privilege and level
  constraint schedules_one_window_per_source exclude using gist (holding with =, tstzrange(starts_at, ends_at) with &&)
    -- judged at the end of the statement: one statement may end the old window and open the next
    deferrable initially immediate
);
create index schedules_by_principal on schedules (principal_id, plane, role, scope) where status in ('Granted', 'Provisioned');
create index schedules_by_privilege on schedules (plane, scope, role) where status in ('Granted', 'Provisioned');
create index schedules_by_role on schedules (plane, role, id) where status in ('Granted', 'Provisioned');
create index schedules_memberships on schedules (principal_id, group_id)
  where plane = 'group' and role = 'member' and level = 'Assignment' and status in ('Granted', 'Provisioned');
create index schedules_members on schedules (group_id, principal_id)
  where plane = 'group' and role = 'member' and level = 'Assignment' and status in ('Granted', 'Provisioned');
create index schedules_activated on schedules (basis_id) where source = 'Activated' and status in ('Granted', 'Provisioned');
create index schedules_starting on schedules (starts_at) where status = 'Granted';
create index schedules_ending on schedules (ends_at) where status in ('Granted', 'Provisioned') and ends_at is not null;
create index schedules_ended on schedules (principal_id, ends_at) where ends_at is not null;
create index schedules_by_name on schedules (lower(name)) where status in ('Granted', 'Provisioned');
create index schedules_listed on schedules (plane, level, id) where status in ('Granted', 'Provisioned');

-- Changed rules of a policy; a policy without a row has its plane's defaults.
create table policies (
  plane text not null,
  scope text not null,
  role text not null,
  -- rules by id, only those that were changed
  changed jsonb not null default '[]',
  version bigint not null default 1,
  modified_at timestamptz not null,
  modified_by uuid,
  primary key (plane, scope, role),
  constraint policies_scope_exists foreign key (plane, scope) references scopes (plane, id),
  constraint policies_role_exists foreign key (plane, role) references roles (plane, id)
);
