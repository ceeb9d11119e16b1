-- The append-only account of every change. A row carries its own leaf hash; order and seals come from the sealer (D19, D20).
create table events (
  position bigint generated always as identity primary key,
  id uuid not null constraint events_id_is_unique unique,
  at timestamptz not null,
  kind text not null constraint events_kind_is_known check (kind in ('transition', 'refusal', 'change')),
  machine text,
  from_state text,
  to_state text,
  subject text not null,
  subject_id text not null,
  actor_kind text not null,
  actor_id uuid,
  plane text,
  scope text,
  role text,
  principal_id uuid,
  level text,
  action text,
  request_id uuid,
  correlation_id uuid not null,
  reason text,
  data jsonb not null default '{}',
  leaf bytea not null,
  constraint events_transition_is_legal foreign key (machine, from_state, to_state) references transitions (machine, from_state, to_state),
  constraint events_transition_is_whole check ((kind = 'transition') = (machine is not null and from_state is not null and to_state is not null))
);
create index events_by_request on events (request_id, position);

create function events_are_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only' using errcode = 'restrict_violation';
end
$$;
create trigger events_no_update before update or delete on events for each row execute function events_are_append_only();
create trigger events_no_truncate before truncate on events for each statement execute function events_are_append_only();

-- What is to be told or looked at because of an event; taken by skip locked.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null constraint outbox_topic_is_known check (topic in ('message', 'holding')),
  event_id uuid not null,
  due_at timestamptz not null,
  attempts int not null default 0,
  lease_until timestamptz,
  last_error text
);
create index outbox_due on outbox (topic, due_at);

-- One inbox a person; the ways out (mail, webhooks) come with their own issue.
create table messages (
  id uuid primary key,
  principal_id uuid not null constraint messages_principal_exists references principals (id),
  event_id uuid not null,
  kind text not null,
  words text not null,
  data jsonb not null default '{}',
  at timestamptz not null,
  read_at timestamptz,
  constraint messages_once_per_event unique (event_id, principal_id, kind)
);
create index messages_by_principal on messages (principal_id, at desc, id);
