-- People's own sign-in: what they prove themselves with, and what they are signed in to. Of whatever opens a door only hashes lie here;
-- what must be read again (the secret of a code generator) is sealed with a key that is not in the database.
create table passkeys (
  -- the credential's own id
  id bytea primary key,
  principal_id uuid not null constraint passkeys_principal_exists references principals (id) on delete cascade,
  name text not null,
  -- COSE
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  aaguid uuid,
  device_type text not null,
  backed_up boolean not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index passkeys_by_principal on passkeys (principal_id);

create table code_generators (
  principal_id uuid primary key constraint code_generators_principal_exists references principals (id) on delete cascade,
  sealed bytea not null,
  -- null until a first code was shown
  confirmed_at timestamptz,
  -- the step of the last code that was taken: none is taken twice
  last_step bigint,
  created_at timestamptz not null
);

create table recovery_codes (
  digest bytea primary key,
  principal_id uuid not null constraint recovery_codes_principal_exists references principals (id) on delete cascade,
  used_at timestamptz
);
create index recovery_codes_by_principal on recovery_codes (principal_id);

-- The sealed secrets of break-glass accounts: argon2id, one each.
create table sealed_secrets (
  principal_id uuid primary key constraint sealed_secrets_principal_exists references principals (id) on delete cascade,
  digest text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);

-- One-time links that let somebody enrol: bound to the browser that opens one first.
create table enrolments (
  digest bytea primary key,
  principal_id uuid not null constraint enrolments_principal_exists references principals (id) on delete cascade,
  -- who made it; null where the machine's operator did
  made_by uuid,
  -- may its maker change people who hold, or may activate, a role? else it is good for nobody who has come to one since
  for_privileged boolean not null,
  created_at timestamptz not null,
  ends_at timestamptz not null,
  -- SHA-256 of the cookie of the browser that opened it
  browser bytea,
  opened_at timestamptz,
  used_at timestamptz
);
create index enrolments_by_principal on enrolments (principal_id);
create unique index enrolments_by_browser on enrolments (browser) where browser is not null;
create index enrolments_ending on enrolments (ends_at);

-- What people are signed in to: an application, or our own pages in a browser.
create table sessions (
  id uuid primary key,
  principal_id uuid not null constraint sessions_principal_exists references principals (id) on delete cascade,
  -- null for our own pages
  app_id uuid,
  -- the token service's grant; null until the application has its code
  grant_id text constraint sessions_grant_is_unique unique,
  -- SHA-256 of a browser's cookie
  cookie bytea constraint sessions_cookie_is_unique unique,
  -- how they proved who they are, and when
  methods text[] not null,
  proven_at timestamptz not null,
  -- contexts that are stated instead of judged (a sample's passwords)
  contexts text[] not null default '{}',
  -- the identity provider that vouches; null where we saw the proof ourselves
  provider_id uuid,
  compliant_device boolean not null default false,
  -- what the proof was made for, where a rule binds it to one request
  bound text,
  address text,
  agent text,
  began_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null,
  ended_at timestamptz
);
create index sessions_by_principal on sessions (principal_id, began_at desc);
create index sessions_ending on sessions (ends_at);

-- What a browser is in the middle of while it signs in or enrols: a passkey's challenge, a password that was right. Used once; found by
-- the hash of what it is bound to.
create table ceremonies (
  key bytea primary key,
  payload jsonb not null,
  ends_at timestamptz not null
);
create index ceremonies_ending on ceremonies (ends_at);
