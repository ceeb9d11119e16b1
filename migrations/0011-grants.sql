-- The grant ledger: one row for each person and entitlement, kept for ever since its generation is the fence.
insert into transitions (machine, from_state, to_state) values
  ('grant', 'None', 'Granting'),
  ('grant', 'Granting', 'Granted'),
  ('grant', 'Granting', 'GrantBlocked'),
  ('grant', 'Granting', 'Revoking'),
  ('grant', 'Granted', 'Granting'),
  ('grant', 'Granted', 'Revoking'),
  ('grant', 'GrantBlocked', 'Granting'),
  ('grant', 'GrantBlocked', 'Granted'),
  ('grant', 'GrantBlocked', 'Revoking'),
  ('grant', 'Revoking', 'Revoked'),
  ('grant', 'Revoking', 'RevokeBlocked'),
  ('grant', 'Revoking', 'RevokeOverdue'),
  ('grant', 'Revoking', 'Granting'),
  ('grant', 'Revoked', 'Revoking'),
  ('grant', 'Revoked', 'Granting'),
  ('grant', 'RevokeBlocked', 'Revoked'),
  ('grant', 'RevokeBlocked', 'Revoking'),
  ('grant', 'RevokeBlocked', 'RevokeOverdue'),
  ('grant', 'RevokeBlocked', 'Granting'),
  ('grant', 'RevokeOverdue', 'Revoked'),
  ('grant', 'RevokeOverdue', 'Granting');

create table grants (
  id uuid primary key,
  target_id uuid not null constraint grants_target_exists references targets (id),
  entitlement_id uuid not null constraint grants_entitlement_exists references entitlements (id),
  principal_id uuid not null constraint grants_principal_exists references principals (id),
  -- null: no account is bound, so nothing can be granted
  account_id uuid constraint grants_account_exists references accounts (id),
  state text not null,
  -- the fence: grows with every change of what is desired
  generation bigint not null,
  -- the end of what is desired, `infinity` where it has none
  not_after timestamptz,
  desired_since timestamptz not null,
  -- when what is desired may change by itself
  derive_at timestamptz,
  observed text not null default 'unknown' constraint grants_observed_is_known check (observed in ('unknown', 'present', 'absent')),
  observed_at timestamptz,
  observed_generation bigint,
  baseline text not null default 'unknown' constraint grants_baseline_is_known check (baseline in ('unknown', 'present', 'absent')),
  attempts int not null default 0,
  next_at timestamptz,
  lease_by text,
  lease_until timestamptz,
  token text,
  last_error text,
  -- what brought the present desire about
  request_id uuid,
  correlation_id uuid not null,
  -- events that could not be written yet (D22)
  owed jsonb,
  constraint grants_one_per_holding unique (entitlement_id, principal_id),
  -- L1: access that is wanted has its end stored, and nothing else has one
  constraint grants_have_an_end check ((state in ('Granting', 'Granted', 'GrantBlocked')) = (not_after is not null)),
  constraint grants_state_is_known check
    (state in ('Granting', 'Granted', 'GrantBlocked', 'Revoking', 'Revoked', 'RevokeBlocked', 'RevokeOverdue')),
  constraint grants_lease_is_whole check ((lease_by is null) = (lease_until is null))
);
create index grants_by_principal on grants (principal_id, target_id);
create index grants_to_revoke on grants (target_id, next_at) where state in ('Revoking', 'Revoked', 'RevokeBlocked', 'RevokeOverdue') and next_at is not null;
create index grants_to_grant on grants (target_id, next_at) where state in ('Granting', 'Granted', 'GrantBlocked') and next_at is not null;
create index grants_to_derive on grants (derive_at) where derive_at is not null;
create index grants_late on grants (desired_since) where state in ('Revoking', 'RevokeBlocked');
create index grants_leased on grants (lease_until) where lease_by is not null;
create index grants_owing on grants (id) where owed is not null;

-- From the end of access to the refusal proven at the target: what the objective is held against.
create table target_expiry (
  id bigint generated always as identity primary key,
  target_id uuid not null constraint target_expiry_target_exists references targets (id),
  grant_id uuid not null constraint target_expiry_grant_exists references grants (id),
  generation bigint not null,
  ended_at timestamptz not null,
  proven_at timestamptz not null,
  constraint target_expiry_once unique (grant_id, generation)
);
create index target_expiry_by_target on target_expiry (target_id, proven_at desc);
