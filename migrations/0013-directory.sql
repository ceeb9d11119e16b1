-- What the directory keeps beside people and groups: who is in an administrative unit, which roles were made the tenant's, and indexes
-- for what it is asked by.
create table unit_members (
  plane text not null default 'directory' constraint unit_members_are_of_the_directory check (plane = 'directory'),
  -- `/administrativeUnits/{id}`
  scope text not null,
  principal_id uuid not null constraint unit_members_principal_exists references principals (id),
  added_at timestamptz not null,
  primary key (scope, principal_id),
  constraint unit_members_scope_exists foreign key (plane, scope) references scopes (plane, id)
);
create index unit_members_by_principal on unit_members (principal_id, scope);

-- when somebody made the role one of the tenant's own; roles that are held count without it
alter table roles add column activated_at timestamptz;

create index principals_by_nickname on principals (lower(attributes ->> 'mailNickname')) where deleted_at is null;
create index principals_by_manager on principals (manager_id) where manager_id is not null;
create index principals_assignable on principals (id) where assignable_to_role and deleted_at is null;
create index principal_names_by_principal on principal_names (principal_id);
