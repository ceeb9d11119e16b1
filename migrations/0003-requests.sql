-- Legal transitions, as the machines in the domain have them; every event names one (law 2).
create table transitions (
  machine text not null,
  from_state text not null,
  to_state text not null,
  primary key (machine, from_state, to_state)
);
insert into transitions (machine, from_state, to_state) values
  ('request', 'None', 'Provisioned'),
  ('request', 'None', 'Granted'),
  ('request', 'None', 'PendingApproval'),
  ('request', 'None', 'PendingAdminDecision'),
  ('request', 'None', 'Revoked'),
  ('request', 'Granted', 'Provisioned'),
  ('request', 'Granted', 'Canceled'),
  ('request', 'Granted', 'Failed'),
  ('request', 'PendingApproval', 'Provisioned'),
  ('request', 'PendingApproval', 'Granted'),
  ('request', 'PendingApproval', 'Denied'),
  ('request', 'PendingApproval', 'TimedOut'),
  ('request', 'PendingApproval', 'Canceled'),
  ('request', 'PendingApproval', 'Failed'),
  ('request', 'PendingAdminDecision', 'Provisioned'),
  ('request', 'PendingAdminDecision', 'Granted'),
  ('request', 'PendingAdminDecision', 'AdminDenied'),
  ('request', 'PendingAdminDecision', 'Canceled'),
  ('request', 'PendingAdminDecision', 'Failed'),
  ('schedule', 'None', 'Granted'),
  ('schedule', 'None', 'Provisioned'),
  ('schedule', 'Granted', 'Granted'),
  ('schedule', 'Granted', 'Provisioned'),
  ('schedule', 'Granted', 'Canceled'),
  ('schedule', 'Granted', 'Failed'),
  ('schedule', 'Granted', 'Revoked'),
  ('schedule', 'Granted', 'Expired'),
  ('schedule', 'Provisioned', 'Provisioned'),
  ('schedule', 'Provisioned', 'Expired'),
  ('schedule', 'Provisioned', 'Revoked'),
  ('approval', 'None', 'InProgress'),
  ('approval', 'InProgress', 'Completed'),
  ('approval', 'InProgress', 'Expired'),
  ('approval', 'InProgress', 'Canceled');

create table requests (
  id uuid primary key,
  plane text not null,
  scope text not null,
  role text not null,
  principal_id uuid not null constraint requests_principal_exists references principals (id),
  level text not null,
  action text not null,
  status text not null,
  -- the asker; null for a part of the system
  requested_by uuid,
  created_at timestamptz not null,
  completed_at timestamptz,
  schedule_id uuid,
  eligibility_id uuid,
  approval_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  -- what was asked, as sent: schedule info, justification, ticket, name, spellings, condition
  ask jsonb not null,
  -- how the asker had proved who they are, and the rules the request was submitted under (D6)
  proof jsonb,
  snapshot jsonb,
  -- the name an ARM client gave it, lower case (D24)
  name text
);
-- Scope and role need no foreign key of their own: what a request brings about, the schedule, has them.
create unique index requests_name_is_unique on requests (plane, scope, name) where name is not null;
-- A proof that was made for one request is used up by it.
create unique index requests_proof_is_used_once on requests ((proof ->> 'spends')) where proof ->> 'spends' is not null;
create index requests_by_principal on requests (principal_id, plane, created_at desc, id);
create index requests_by_scope on requests (plane, scope, created_at desc, id);
create index requests_by_asker on requests (requested_by, plane, created_at desc, id);
create index requests_pending on requests (principal_id, plane, role, scope) where status in ('PendingApproval', 'PendingAdminDecision');
create index requests_pending_basis on requests (eligibility_id) where status in ('PendingApproval', 'PendingAdminDecision', 'Granted');
create index requests_granted on requests (schedule_id) where status = 'Granted';

create table approvals (
  id uuid primary key,
  request_id uuid not null constraint approvals_request_is_unique unique constraint approvals_request_exists references requests (id),
  status text not null,
  -- approvers, default roles and what they must give, as at submission (D6)
  stage jsonb not null,
  due_at timestamptz not null,
  decision jsonb
);
create index approvals_due on approvals (due_at) where status = 'InProgress';
