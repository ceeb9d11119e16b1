-- The authority: applications that sign in, what sample accounts know, and the token service's own state. Of whatever opens a door
-- only hashes lie here.
create table apps (
  -- the client id
  app_id uuid primary key,
  principal_id uuid not null constraint apps_principal_is_unique unique constraint apps_principal_exists references principals (id),
  -- may act for people without a credential of its own
  public_client boolean not null default false,
  -- may send a person's password, for accounts marked for it
  password_grant boolean not null default false,
  redirect_uris text[] not null default '{}',
  created_at timestamptz not null
);

create table app_permissions (
  app_id uuid not null constraint app_permissions_app_exists references apps (app_id) on delete cascade,
  kind text not null constraint app_permissions_kind_is_known check (kind in ('application', 'delegated')),
  name text not null,
  primary key (app_id, kind, name)
);

create table app_credentials (
  id uuid primary key,
  app_id uuid not null constraint app_credentials_app_exists references apps (app_id) on delete cascade,
  kind text not null constraint app_credentials_kind_is_known check (kind in ('secret', 'certificate', 'federated')),
  name text not null,
  -- secrets: SHA-256, and the beginning, to tell one from another
  digest bytea,
  hint text,
  -- certificates: the public key, and both thumbprints that assertions name one by
  public_key text,
  thumbprint text,
  thumbprint_sha1 text,
  -- federated: whose assertions are taken, and a key set where none is fetched
  issuer text,
  subject text,
  audience text,
  keys jsonb,
  created_at timestamptz not null,
  -- null only where somebody else ends each assertion
  ends_at timestamptz,
  constraint app_credentials_is_whole check (case kind
    when 'secret' then digest is not null and hint is not null and ends_at is not null
    when 'certificate' then public_key is not null and thumbprint is not null and thumbprint_sha1 is not null and ends_at is not null
    else issuer is not null and subject is not null and audience is not null end),
  constraint app_credentials_certificate_once unique (app_id, thumbprint),
  constraint app_credentials_federated_once unique (app_id, issuer, subject, audience)
);
create index app_credentials_by_app on app_credentials (app_id, kind);

-- What is known of a person's sign-in. The generation is in every token: raising it ends them all.
create table sign_ins (
  principal_id uuid primary key constraint sign_ins_principal_exists references principals (id) on delete cascade,
  generation int not null default 0,
  -- argon2id
  password text,
  -- only in a sample installation: applications may send it, and what signing in with it counts as is stated
  password_grant boolean not null default false,
  methods text[] not null default '{pwd}',
  contexts text[] not null default '{}',
  -- set by a sample's operator, who states what it counts as; else by the person, and it is a password and no more
  stated boolean not null default false,
  changed_at timestamptz not null
);

-- Failed sign-ins, by the hash of an account's name or of an address; gone when their time is over.
create table sign_in_failures (
  key bytea primary key,
  failures int not null,
  until timestamptz not null
);
create index sign_in_failures_ending on sign_in_failures (until);

-- Codes, refresh tokens, grants and the like, by the hash of what opens them.
create table authority_state (
  model text not null,
  id bytea not null,
  payload jsonb not null,
  account_id uuid,
  grant_id text,
  uid text,
  user_code bytea,
  used_at timestamptz,
  ends_at timestamptz not null,
  primary key (model, id)
);
create index authority_state_by_grant on authority_state (grant_id) where grant_id is not null;
create index authority_state_by_account on authority_state (account_id) where account_id is not null;
create unique index authority_state_by_uid on authority_state (uid) where uid is not null;
create unique index authority_state_by_user_code on authority_state (user_code) where user_code is not null;
create index authority_state_ending on authority_state (ends_at);

-- Assertions of applications that were used for a resource, until they would have ended anyway.
create table spent_assertions (
  id bytea primary key,
  address text not null,
  used_at timestamptz not null,
  ends_at timestamptz not null
);
create index spent_assertions_ending on spent_assertions (ends_at);
