-- Identity providers that people may sign in with, who is whom there, and sign-ins that are under way. Of what opens a door only hashes
-- lie here; a client's secret and a sign-in's verifier are sealed.
create table identity_providers (
  id uuid primary key,
  name text not null,
  display_name text not null,
  issuer text not null constraint identity_providers_issuer_is_unique unique,
  client_id text not null,
  -- sealed; null for a public client
  secret bytea,
  enabled boolean not null default true,
  -- scopes, mappings of its words to ours, who may be made on first sight
  settings jsonb not null default '{}',
  -- the source that people and groups of its claims are kept by
  source_id uuid constraint identity_providers_source_exists references identity_sources (id) on delete set null,
  created_at timestamptz not null
);
create unique index identity_providers_name_is_unique on identity_providers (lower(name));

-- Issuer and subject are the whole of somebody's name there: no mail, no address.
create table external_identities (
  provider_id uuid not null constraint external_identities_provider_exists references identity_providers (id) on delete cascade,
  subject text not null,
  principal_id uuid not null constraint external_identities_principal_exists references principals (id) on delete cascade,
  created_at timestamptz not null,
  last_used_at timestamptz,
  primary key (provider_id, subject),
  constraint external_identities_one_each unique (provider_id, principal_id)
);
create index external_identities_by_principal on external_identities (principal_id);

-- A browser that was sent to a provider. By the hash of the state; bound to the browser and to the sign-in it interrupts.
create table external_sign_ins (
  state bytea primary key,
  provider_id uuid not null constraint external_sign_ins_provider_exists references identity_providers (id) on delete cascade,
  browser bytea not null,
  interaction text not null,
  -- verifier and nonce
  sealed bytea not null,
  -- what the application's challenge wants, and whether fresh proof was asked of the provider
  wanted jsonb not null,
  began_at timestamptz not null,
  ends_at timestamptz not null,
  -- the provider sent the browser back
  used_at timestamptz,
  -- whom its answer is about, and how they proved it
  outcome jsonb,
  finished_at timestamptz
);
create index external_sign_ins_by_browser on external_sign_ins (browser, interaction);
create index external_sign_ins_ending on external_sign_ins (ends_at);
create index sessions_by_provider on sessions (provider_id) where provider_id is not null and ended_at is null;

-- What an account for emergencies does, and what is done to one, is told loudly: it is posted where the event is written, whoever writes
-- it, past all settings. What the system itself does (a tenant that is loaded) is told only where it is about their sign-in.
alter table outbox drop constraint outbox_topic_is_known;
alter table outbox add constraint outbox_topic_is_known check (topic in ('message', 'holding', 'emergency'));
create index principals_for_emergencies on principals (id) where is_emergency_access;
create index events_of_drills on events (position) where subject = 'drill';

create function emergencies_are_loud() returns trigger language plpgsql as $$
begin
  insert into outbox (topic, event_id, due_at)
  select 'emergency', e.id, e.at from fresh e
  where e.actor_id in (select id from principals where is_emergency_access)
    or (e.principal_id in (select id from principals where is_emergency_access) and (e.subject = 'emergencyAccess'
      or (e.machine is distinct from 'request' and e.kind <> 'refusal' and (e.actor_kind <> 'system' or e.subject = 'person'))));
  return null;
end
$$;
create trigger events_of_emergencies after insert on events referencing new table as fresh
  for each statement execute function emergencies_are_loud();
