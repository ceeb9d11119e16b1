-- The schema as the migrations leave it. Written by `UPDATE_SCHEMA=1 npx vitest run --project store test/store/schema.test.ts`.

extension btree_gist

sequence events_position_seq as bigint start 1
sequence outbox_id_seq as bigint start 1
sequence target_expiry_id_seq as bigint start 1

table accounts
  id uuid not null
  target_id uuid not null
  principal_id uuid not null
  external_id text
  name text not null
  trouble text
  constraint accounts_pkey PRIMARY KEY (id)
  constraint accounts_name_is_unique UNIQUE (target_id, name)
  constraint accounts_one_per_person UNIQUE (target_id, principal_id)
  constraint accounts_one_person_each UNIQUE (target_id, external_id)
  constraint accounts_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  constraint accounts_target_exists FOREIGN KEY (target_id) REFERENCES targets(id)

table app_credentials
  id uuid not null
  app_id uuid not null
  kind text not null
  name text not null
  digest bytea
  hint text
  public_key text
  thumbprint text
  thumbprint_sha1 text
  issuer text
  subject text
  audience text
  keys jsonb
  created_at timestamp with time zone not null
  ends_at timestamp with time zone
  constraint app_credentials_pkey PRIMARY KEY (id)
  constraint app_credentials_certificate_once UNIQUE (app_id, thumbprint)
  constraint app_credentials_federated_once UNIQUE (app_id, issuer, subject, audience)
  constraint app_credentials_app_exists FOREIGN KEY (app_id) REFERENCES apps(app_id) ON DELETE CASCADE
  constraint app_credentials_is_whole CHECK (
CASE kind
    WHEN 'secret'::text THEN ((digest IS NOT NULL) AND (hint IS NOT NULL) AND (ends_at IS NOT NULL))
    WHEN 'certificate'::text THEN ((public_key IS NOT NULL) AND (thumbprint IS NOT NULL) AND (thumbprint_sha1 IS NOT NULL) AND (ends_at IS NOT NULL))
    ELSE ((issuer IS NOT NULL) AND (subject IS NOT NULL) AND (audience IS NOT NULL))
END)
  constraint app_credentials_kind_is_known CHECK ((kind = ANY (ARRAY['secret'::text, 'certificate'::text, 'federated'::text])))
  CREATE INDEX app_credentials_by_app ON public.app_credentials USING btree (app_id, kind)

table app_permissions
  app_id uuid not null
  kind text not null
  name text not null
  constraint app_permissions_pkey PRIMARY KEY (app_id, kind, name)
  constraint app_permissions_app_exists FOREIGN KEY (app_id) REFERENCES apps(app_id) ON DELETE CASCADE
  constraint app_permissions_kind_is_known CHECK ((kind = ANY (ARRAY['application'::text, 'delegated'::text])))

table approvals
  id uuid not null
  request_id uuid not null
  status text not null
  stage jsonb not null
  due_at timestamp with time zone not null
  decision jsonb
  constraint approvals_pkey PRIMARY KEY (id)
  constraint approvals_request_is_unique UNIQUE (request_id)
  constraint approvals_request_exists FOREIGN KEY (request_id) REFERENCES requests(id)
  CREATE INDEX approvals_due ON public.approvals USING btree (due_at) WHERE (status = 'InProgress'::text)

table apps
  app_id uuid not null
  principal_id uuid not null
  public_client boolean not null default false
  password_grant boolean not null default false
  redirect_uris text[] not null default '{}'::text[]
  created_at timestamp with time zone not null
  constraint apps_pkey PRIMARY KEY (app_id)
  constraint apps_principal_is_unique UNIQUE (principal_id)
  constraint apps_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)

table authentication_contexts
  id text not null
  display_name text not null
  description text not null default ''::text
  enabled boolean not null default true
  strength text not null default 'mfa'::text
  maximum_age bigint
  networks text[] not null default '{}'::text[]
  compliant_device boolean not null default false
  constraint authentication_contexts_pkey PRIMARY KEY (id)
  constraint authentication_contexts_id_is_known CHECK ((id ~ '^c[1-9][0-9]?$'::text))
  constraint authentication_contexts_strength_is_known CHECK ((strength = ANY (ARRAY['mfa'::text, 'phishingResistant'::text, 'passkey'::text])))

table authority_state
  model text not null
  id bytea not null
  payload jsonb not null
  account_id uuid
  grant_id text
  uid text
  user_code bytea
  used_at timestamp with time zone
  ends_at timestamp with time zone not null
  constraint authority_state_pkey PRIMARY KEY (model, id)
  CREATE INDEX authority_state_by_account ON public.authority_state USING btree (account_id) WHERE (account_id IS NOT NULL)
  CREATE INDEX authority_state_by_grant ON public.authority_state USING btree (grant_id) WHERE (grant_id IS NOT NULL)
  CREATE UNIQUE INDEX authority_state_by_uid ON public.authority_state USING btree (uid) WHERE (uid IS NOT NULL)
  CREATE UNIQUE INDEX authority_state_by_user_code ON public.authority_state USING btree (user_code) WHERE (user_code IS NOT NULL)
  CREATE INDEX authority_state_ending ON public.authority_state USING btree (ends_at)

table bindings
  id uuid not null
  plane text not null
  scope text not null
  role text not null
  entitlement_id uuid not null
  created_at timestamp with time zone not null
  constraint bindings_pkey PRIMARY KEY (id)
  constraint bindings_are_unique UNIQUE (plane, role, scope, entitlement_id)
  constraint bindings_entitlement_exists FOREIGN KEY (entitlement_id) REFERENCES entitlements(id)
  constraint bindings_role_exists FOREIGN KEY (plane, role) REFERENCES roles(plane, id)
  constraint bindings_scope_exists FOREIGN KEY (plane, scope) REFERENCES scopes(plane, id)
  CREATE INDEX bindings_by_entitlement ON public.bindings USING btree (entitlement_id)

table ceremonies
  key bytea not null
  payload jsonb not null
  ends_at timestamp with time zone not null
  constraint ceremonies_pkey PRIMARY KEY (key)
  CREATE INDEX ceremonies_ending ON public.ceremonies USING btree (ends_at)

table code_generators
  principal_id uuid not null
  sealed bytea not null
  confirmed_at timestamp with time zone
  last_step bigint
  created_at timestamp with time zone not null
  constraint code_generators_pkey PRIMARY KEY (principal_id)
  constraint code_generators_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE

table drift_findings
  id uuid not null
  target_id uuid not null
  entitlement_id uuid
  kind text not null
  subject text not null
  name text not null
  words text not null
  found_at timestamp with time zone not null
  seen_at timestamp with time zone not null
  resolved_at timestamp with time zone
  constraint drift_findings_pkey PRIMARY KEY (id)
  constraint drift_findings_entitlement_exists FOREIGN KEY (entitlement_id) REFERENCES entitlements(id)
  constraint drift_findings_target_exists FOREIGN KEY (target_id) REFERENCES targets(id)
  constraint drift_findings_kind_is_known CHECK ((kind = ANY (ARRAY['unknown'::text, 'returned'::text, 'missing'::text, 'brake'::text, 'health'::text])))
  CREATE INDEX drift_findings_by_target ON public.drift_findings USING btree (target_id, found_at DESC, id)
  CREATE UNIQUE INDEX drift_findings_open ON public.drift_findings USING btree (target_id, kind, subject, COALESCE(entitlement_id, target_id)) WHERE (resolved_at IS NULL)

table enrolments
  digest bytea not null
  principal_id uuid not null
  made_by uuid
  for_privileged boolean not null
  created_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  browser bytea
  opened_at timestamp with time zone
  used_at timestamp with time zone
  constraint enrolments_pkey PRIMARY KEY (digest)
  constraint enrolments_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  CREATE UNIQUE INDEX enrolments_by_browser ON public.enrolments USING btree (browser) WHERE (browser IS NOT NULL)
  CREATE INDEX enrolments_by_principal ON public.enrolments USING btree (principal_id)
  CREATE INDEX enrolments_ending ON public.enrolments USING btree (ends_at)

table entitlements
  id uuid not null
  target_id uuid not null
  external_id text
  name text not null
  trouble text
  constraint entitlements_pkey PRIMARY KEY (id)
  constraint entitlements_external_id_is_unique UNIQUE (target_id, external_id)
  constraint entitlements_name_is_unique UNIQUE (target_id, name)
  constraint entitlements_target_exists FOREIGN KEY (target_id) REFERENCES targets(id)

table events
  position bigint not null generated as identity
  id uuid not null
  at timestamp with time zone not null
  kind text not null
  machine text
  from_state text
  to_state text
  subject text not null
  subject_id text not null
  actor_kind text not null
  actor_id uuid
  plane text
  scope text
  role text
  principal_id uuid
  level text
  action text
  request_id uuid
  correlation_id uuid not null
  reason text
  data jsonb not null default '{}'::jsonb
  leaf bytea not null
  constraint events_pkey PRIMARY KEY ("position")
  constraint events_id_is_unique UNIQUE (id)
  constraint events_transition_is_legal FOREIGN KEY (machine, from_state, to_state) REFERENCES transitions(machine, from_state, to_state)
  constraint events_kind_is_known CHECK ((kind = ANY (ARRAY['transition'::text, 'refusal'::text, 'change'::text])))
  constraint events_transition_is_whole CHECK (((kind = 'transition'::text) = ((machine IS NOT NULL) AND (from_state IS NOT NULL) AND (to_state IS NOT NULL))))
  CREATE INDEX events_by_request ON public.events USING btree (request_id, "position")
  CREATE INDEX events_of_drills ON public.events USING btree ("position") WHERE (subject = 'drill'::text)
  CREATE INDEX events_of_sources ON public.events USING btree (principal_id, "position") WHERE (data ? 'identitySource'::text)
  CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_are_append_only()
  CREATE TRIGGER events_no_update BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION events_are_append_only()
  CREATE TRIGGER events_of_emergencies AFTER INSERT ON public.events REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION emergencies_are_loud()

table external_identities
  provider_id uuid not null
  subject text not null
  principal_id uuid not null
  created_at timestamp with time zone not null
  last_used_at timestamp with time zone
  constraint external_identities_pkey PRIMARY KEY (provider_id, subject)
  constraint external_identities_one_each UNIQUE (provider_id, principal_id)
  constraint external_identities_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  constraint external_identities_provider_exists FOREIGN KEY (provider_id) REFERENCES identity_providers(id) ON DELETE CASCADE
  CREATE INDEX external_identities_by_principal ON public.external_identities USING btree (principal_id)

table external_sign_ins
  state bytea not null
  provider_id uuid not null
  browser bytea not null
  interaction text not null
  sealed bytea not null
  wanted jsonb not null
  began_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  used_at timestamp with time zone
  outcome jsonb
  finished_at timestamp with time zone
  constraint external_sign_ins_pkey PRIMARY KEY (state)
  constraint external_sign_ins_provider_exists FOREIGN KEY (provider_id) REFERENCES identity_providers(id) ON DELETE CASCADE
  CREATE INDEX external_sign_ins_by_browser ON public.external_sign_ins USING btree (browser, interaction)
  CREATE INDEX external_sign_ins_ending ON public.external_sign_ins USING btree (ends_at)

table grants
  id uuid not null
  target_id uuid not null
  entitlement_id uuid not null
  principal_id uuid not null
  account_id uuid
  state text not null
  generation bigint not null
  not_after timestamp with time zone
  desired_since timestamp with time zone not null
  derive_at timestamp with time zone
  observed text not null default 'unknown'::text
  observed_at timestamp with time zone
  observed_generation bigint
  baseline text not null default 'unknown'::text
  attempts integer not null default 0
  next_at timestamp with time zone
  lease_by text
  lease_until timestamp with time zone
  token text
  last_error text
  request_id uuid
  correlation_id uuid not null
  owed jsonb
  constraint grants_pkey PRIMARY KEY (id)
  constraint grants_one_per_holding UNIQUE (entitlement_id, principal_id)
  constraint grants_account_exists FOREIGN KEY (account_id) REFERENCES accounts(id)
  constraint grants_entitlement_exists FOREIGN KEY (entitlement_id) REFERENCES entitlements(id)
  constraint grants_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  constraint grants_target_exists FOREIGN KEY (target_id) REFERENCES targets(id)
  constraint grants_baseline_is_known CHECK ((baseline = ANY (ARRAY['unknown'::text, 'present'::text, 'absent'::text])))
  constraint grants_have_an_end CHECK (((state = ANY (ARRAY['Granting'::text, 'Granted'::text, 'GrantBlocked'::text])) = (not_after IS NOT NULL)))
  constraint grants_lease_is_whole CHECK (((lease_by IS NULL) = (lease_until IS NULL)))
  constraint grants_observed_is_known CHECK ((observed = ANY (ARRAY['unknown'::text, 'present'::text, 'absent'::text])))
  constraint grants_state_is_known CHECK ((state = ANY (ARRAY['Granting'::text, 'Granted'::text, 'GrantBlocked'::text, 'Revoking'::text, 'Revoked'::text, 'RevokeBlocked'::text, 'RevokeOverdue'::text])))
  CREATE INDEX grants_by_principal ON public.grants USING btree (principal_id, target_id)
  CREATE INDEX grants_late ON public.grants USING btree (desired_since) WHERE (state = ANY (ARRAY['Revoking'::text, 'RevokeBlocked'::text]))
  CREATE INDEX grants_leased ON public.grants USING btree (lease_until) WHERE (lease_by IS NOT NULL)
  CREATE INDEX grants_owing ON public.grants USING btree (id) WHERE (owed IS NOT NULL)
  CREATE INDEX grants_to_derive ON public.grants USING btree (derive_at) WHERE (derive_at IS NOT NULL)
  CREATE INDEX grants_to_grant ON public.grants USING btree (target_id, next_at) WHERE ((state = ANY (ARRAY['Granting'::text, 'Granted'::text, 'GrantBlocked'::text])) AND (next_at IS NOT NULL))
  CREATE INDEX grants_to_revoke ON public.grants USING btree (target_id, next_at) WHERE ((state = ANY (ARRAY['Revoking'::text, 'Revoked'::text, 'RevokeBlocked'::text, 'RevokeOverdue'::text])) AND (next_at IS NOT NULL))

table identity_links
  source_id uuid not null
  kind text not null
  external_id text not null
  principal_id uuid not null
  name text not null
  doc jsonb not null default '{}'::jsonb
  active boolean not null default true
  held boolean not null default false
  adopted boolean not null default false
  version bigint not null default 1
  created_at timestamp with time zone not null
  modified_at timestamp with time zone not null
  constraint identity_links_pkey PRIMARY KEY (source_id, kind, external_id)
  constraint identity_links_one_keeper UNIQUE (principal_id)
  constraint identity_links_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  constraint identity_links_source_exists FOREIGN KEY (source_id) REFERENCES identity_sources(id) ON DELETE CASCADE
  constraint identity_links_kind_is_known CHECK ((kind = ANY (ARRAY['user'::text, 'group'::text])))
  CREATE INDEX identity_links_by_change ON public.identity_links USING btree (source_id, kind, modified_at, principal_id)
  CREATE INDEX identity_links_by_creation ON public.identity_links USING btree (source_id, kind, created_at, principal_id)
  CREATE INDEX identity_links_by_display ON public.identity_links USING btree (source_id, kind, lower((doc ->> 'displayName'::text)), principal_id)
  CREATE INDEX identity_links_by_name ON public.identity_links USING btree (source_id, kind, name, principal_id)
  CREATE INDEX identity_links_listed ON public.identity_links USING btree (source_id, kind, principal_id)
  CREATE UNIQUE INDEX identity_links_user_name ON public.identity_links USING btree (source_id, name) WHERE (kind = 'user'::text)

table identity_members
  group_id uuid not null
  principal_id uuid not null
  source_id uuid not null
  schedule_id uuid not null
  constraint identity_members_pkey PRIMARY KEY (group_id, principal_id)
  constraint identity_members_group_exists FOREIGN KEY (group_id) REFERENCES principals(id) ON DELETE CASCADE
  constraint identity_members_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  constraint identity_members_schedule_exists FOREIGN KEY (schedule_id) REFERENCES schedules(id)
  constraint identity_members_source_exists FOREIGN KEY (source_id) REFERENCES identity_sources(id) ON DELETE CASCADE
  CREATE INDEX identity_members_by_principal ON public.identity_members USING btree (principal_id, group_id)
  CREATE INDEX identity_members_by_source ON public.identity_members USING btree (source_id, group_id)

table identity_providers
  id uuid not null
  name text not null
  display_name text not null
  issuer text not null
  client_id text not null
  secret bytea
  enabled boolean not null default true
  settings jsonb not null default '{}'::jsonb
  source_id uuid
  created_at timestamp with time zone not null
  constraint identity_providers_pkey PRIMARY KEY (id)
  constraint identity_providers_issuer_is_unique UNIQUE (issuer)
  constraint identity_providers_source_exists FOREIGN KEY (source_id) REFERENCES identity_sources(id) ON DELETE SET NULL
  CREATE UNIQUE INDEX identity_providers_name_is_unique ON public.identity_providers USING btree (lower(name))

table identity_sources
  id uuid not null
  kind text not null
  name text not null
  settings jsonb not null default '{}'::jsonb
  adopt boolean not null default false
  enabled boolean not null default true
  state jsonb not null default '{}'::jsonb
  next_at timestamp with time zone
  lease_until timestamp with time zone
  created_at timestamp with time zone not null
  constraint identity_sources_pkey PRIMARY KEY (id)
  constraint identity_sources_kind_is_known CHECK ((kind = ANY (ARRAY['scim'::text, 'ldap'::text, 'csv'::text, 'oidc'::text])))
  CREATE INDEX identity_sources_due ON public.identity_sources USING btree (next_at) WHERE ((next_at IS NOT NULL) AND enabled)
  CREATE UNIQUE INDEX identity_sources_name_is_unique ON public.identity_sources USING btree (lower(name))

table messages
  id uuid not null
  principal_id uuid not null
  event_id uuid not null
  kind text not null
  words text not null
  data jsonb not null default '{}'::jsonb
  at timestamp with time zone not null
  read_at timestamp with time zone
  constraint messages_pkey PRIMARY KEY (id)
  constraint messages_once_per_event UNIQUE (event_id, principal_id, kind)
  constraint messages_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  CREATE INDEX messages_by_principal ON public.messages USING btree (principal_id, at DESC, id)

table outbox
  id bigint not null generated as identity
  topic text not null
  event_id uuid not null
  due_at timestamp with time zone not null
  attempts integer not null default 0
  lease_until timestamp with time zone
  last_error text
  constraint outbox_pkey PRIMARY KEY (id)
  constraint outbox_topic_is_known CHECK ((topic = ANY (ARRAY['message'::text, 'holding'::text, 'emergency'::text])))
  CREATE INDEX outbox_due ON public.outbox USING btree (topic, due_at)

table passkeys
  id bytea not null
  principal_id uuid not null
  name text not null
  public_key bytea not null
  counter bigint not null
  transports text[] not null default '{}'::text[]
  aaguid uuid
  device_type text not null
  backed_up boolean not null
  created_at timestamp with time zone not null
  last_used_at timestamp with time zone
  constraint passkeys_pkey PRIMARY KEY (id)
  constraint passkeys_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  CREATE INDEX passkeys_by_principal ON public.passkeys USING btree (principal_id)

table policies
  plane text not null
  scope text not null
  role text not null
  changed jsonb not null default '[]'::jsonb
  version bigint not null default 1
  modified_at timestamp with time zone not null
  modified_by uuid
  constraint policies_pkey PRIMARY KEY (plane, scope, role)
  constraint policies_role_exists FOREIGN KEY (plane, role) REFERENCES roles(plane, id)
  constraint policies_scope_exists FOREIGN KEY (plane, scope) REFERENCES scopes(plane, id)

table principal_names
  name text not null
  principal_id uuid not null
  constraint principal_names_pkey PRIMARY KEY (name)
  constraint principal_names_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  CREATE INDEX principal_names_by_principal ON public.principal_names USING btree (principal_id)

table principals
  id uuid not null
  kind text not null
  display_name text not null
  upn text
  mail text
  app_id uuid
  manager_id uuid
  enabled boolean not null default true
  deleted_at timestamp with time zone
  is_emergency_access boolean not null default false
  assignable_to_role boolean not null default false
  membership text not null default 'assigned'::text
  attributes jsonb not null default '{}'::jsonb
  created_at timestamp with time zone not null
  constraint principals_pkey PRIMARY KEY (id)
  constraint principals_app_id_is_unique UNIQUE (app_id)
  constraint principals_upn_is_unique UNIQUE (upn)
  constraint principals_manager_exists FOREIGN KEY (manager_id) REFERENCES principals(id)
  constraint principals_kind_is_known CHECK ((kind = ANY (ARRAY['user'::text, 'group'::text, 'servicePrincipal'::text])))
  constraint principals_membership_is_known CHECK ((membership = ANY (ARRAY['assigned'::text, 'dynamic'::text, 'synchronised'::text])))
  CREATE INDEX principals_assignable ON public.principals USING btree (id) WHERE (assignable_to_role AND (deleted_at IS NULL))
  CREATE INDEX principals_by_manager ON public.principals USING btree (manager_id) WHERE (manager_id IS NOT NULL)
  CREATE INDEX principals_by_name ON public.principals USING btree (kind, lower(display_name), id)
  CREATE INDEX principals_by_nickname ON public.principals USING btree (lower((attributes ->> 'mailNickname'::text))) WHERE (deleted_at IS NULL)
  CREATE INDEX principals_for_emergencies ON public.principals USING btree (id) WHERE is_emergency_access
  CREATE INDEX principals_gone ON public.principals USING btree (id) WHERE ((NOT enabled) OR (deleted_at IS NOT NULL))

table recovery_codes
  digest bytea not null
  principal_id uuid not null
  used_at timestamp with time zone
  constraint recovery_codes_pkey PRIMARY KEY (digest)
  constraint recovery_codes_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  CREATE INDEX recovery_codes_by_principal ON public.recovery_codes USING btree (principal_id)

table requests
  id uuid not null
  plane text not null
  scope text not null
  role text not null
  principal_id uuid not null
  level text not null
  action text not null
  status text not null
  requested_by uuid
  created_at timestamp with time zone not null
  completed_at timestamp with time zone
  schedule_id uuid
  eligibility_id uuid
  approval_id uuid
  starts_at timestamp with time zone
  ends_at timestamp with time zone
  ask jsonb not null
  proof jsonb
  snapshot jsonb
  name text
  constraint requests_pkey PRIMARY KEY (id)
  constraint requests_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  CREATE INDEX requests_by_asker ON public.requests USING btree (requested_by, plane, created_at DESC, id)
  CREATE INDEX requests_by_principal ON public.requests USING btree (principal_id, plane, created_at DESC, id)
  CREATE INDEX requests_by_scope ON public.requests USING btree (plane, scope, created_at DESC, id)
  CREATE INDEX requests_granted ON public.requests USING btree (schedule_id) WHERE (status = 'Granted'::text)
  CREATE UNIQUE INDEX requests_name_is_unique ON public.requests USING btree (plane, scope, name) WHERE (name IS NOT NULL)
  CREATE INDEX requests_pending ON public.requests USING btree (principal_id, plane, role, scope) WHERE (status = ANY (ARRAY['PendingApproval'::text, 'PendingAdminDecision'::text]))
  CREATE INDEX requests_pending_basis ON public.requests USING btree (eligibility_id) WHERE (status = ANY (ARRAY['PendingApproval'::text, 'PendingAdminDecision'::text, 'Granted'::text]))
  CREATE UNIQUE INDEX requests_proof_is_used_once ON public.requests USING btree (((proof ->> 'spends'::text))) WHERE ((proof ->> 'spends'::text) IS NOT NULL)

table roles
  plane text not null
  id text not null
  name text not null
  description text not null default ''::text
  built_in boolean not null
  privileged boolean not null default false
  enabled boolean not null default true
  permissions jsonb not null default '{}'::jsonb
  assignable_scopes text[] not null default '{/}'::text[]
  deleted_at timestamp with time zone
  activated_at timestamp with time zone
  created_at timestamp with time zone
  created_by uuid
  modified_at timestamp with time zone
  modified_by uuid
  constraint roles_pkey PRIMARY KEY (plane, id)
  CREATE INDEX roles_by_name ON public.roles USING btree (plane, lower(name))
  CREATE INDEX roles_gone ON public.roles USING btree (plane, id) WHERE (deleted_at IS NOT NULL)

table schedules
  id uuid not null
  name text not null
  plane text not null
  scope text not null
  role text not null
  principal_id uuid not null
  level text not null
  source text not null
  status text not null
  starts_at timestamp with time zone not null
  ends_at timestamp with time zone
  created_at timestamp with time zone not null
  modified_at timestamp with time zone
  request_id uuid
  basis_id uuid
  condition text
  condition_version text
  description text
  group_id uuid generated always as (
CASE
    WHEN (plane = 'group'::text) THEN (scope)::uuid
    ELSE NULL::uuid
END)
  holding uuid generated always as ((md5((((((((((((principal_id)::text || '|'::text) || plane) || '|'::text) || scope) || '|'::text) || role) || '|'::text) || level) || '|'::text) || source)))::uuid)
  constraint schedules_pkey PRIMARY KEY (id)
  constraint schedules_one_window_per_source EXCLUDE USING gist (holding WITH =, tstzrange(starts_at, ends_at) WITH &&) DEFERRABLE
  constraint schedules_basis_exists FOREIGN KEY (basis_id) REFERENCES schedules(id)
  constraint schedules_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  constraint schedules_role_exists FOREIGN KEY (plane, role) REFERENCES roles(plane, id)
  constraint schedules_scope_exists FOREIGN KEY (plane, scope) REFERENCES scopes(plane, id)
  constraint schedules_activations_have_a_basis CHECK (((source = 'Activated'::text) = (basis_id IS NOT NULL)))
  constraint schedules_end_after_start CHECK (((ends_at IS NULL) OR (ends_at >= starts_at)))
  constraint schedules_level_is_known CHECK ((level = ANY (ARRAY['Eligibility'::text, 'Assignment'::text])))
  constraint schedules_source_is_known CHECK ((source = ANY (ARRAY['Assigned'::text, 'Activated'::text, 'Outside'::text])))
  CREATE INDEX schedules_activated ON public.schedules USING btree (basis_id) WHERE ((source = 'Activated'::text) AND (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text])))
  CREATE INDEX schedules_by_name ON public.schedules USING btree (lower(name)) WHERE (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text]))
  CREATE INDEX schedules_by_principal ON public.schedules USING btree (principal_id, plane, role, scope) WHERE (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text]))
  CREATE INDEX schedules_by_privilege ON public.schedules USING btree (plane, scope, role) WHERE (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text]))
  CREATE INDEX schedules_by_role ON public.schedules USING btree (plane, role, id) WHERE (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text]))
  CREATE INDEX schedules_ended ON public.schedules USING btree (principal_id, ends_at) WHERE (ends_at IS NOT NULL)
  CREATE INDEX schedules_ending ON public.schedules USING btree (ends_at) WHERE ((status = ANY (ARRAY['Granted'::text, 'Provisioned'::text])) AND (ends_at IS NOT NULL))
  CREATE INDEX schedules_listed ON public.schedules USING btree (plane, level, id) WHERE (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text]))
  CREATE INDEX schedules_members ON public.schedules USING btree (group_id, principal_id) WHERE ((plane = 'group'::text) AND (role = 'member'::text) AND (level = 'Assignment'::text) AND (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text])))
  CREATE INDEX schedules_memberships ON public.schedules USING btree (principal_id, group_id) WHERE ((plane = 'group'::text) AND (role = 'member'::text) AND (level = 'Assignment'::text) AND (status = ANY (ARRAY['Granted'::text, 'Provisioned'::text])))
  CREATE INDEX schedules_starting ON public.schedules USING btree (starts_at) WHERE (status = 'Granted'::text)

table scopes
  plane text not null
  id text not null
  kind text not null
  display_name text not null
  spelling text not null
  parent text
  ancestors text[] not null default '{}'::text[]
  locked boolean not null default false
  managed_at timestamp with time zone
  attributes jsonb not null default '{}'::jsonb
  deleted_at timestamp with time zone
  constraint scopes_pkey PRIMARY KEY (plane, id)
  CREATE INDEX scopes_by_ancestor ON public.scopes USING gin (ancestors) WITH (fastupdate=off)
  CREATE INDEX scopes_by_parent ON public.scopes USING btree (plane, parent)
  CREATE INDEX scopes_gone ON public.scopes USING btree (plane, id) WHERE (deleted_at IS NOT NULL)

table sealed_secrets
  principal_id uuid not null
  digest text not null
  created_at timestamp with time zone not null
  last_used_at timestamp with time zone
  constraint sealed_secrets_pkey PRIMARY KEY (principal_id)
  constraint sealed_secrets_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE

table sessions
  id uuid not null
  principal_id uuid not null
  app_id uuid
  grant_id text
  cookie bytea
  methods text[] not null
  proven_at timestamp with time zone not null
  contexts text[] not null default '{}'::text[]
  provider_id uuid
  compliant_device boolean not null default false
  bound text
  address text
  agent text
  began_at timestamp with time zone not null
  seen_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  ended_at timestamp with time zone
  constraint sessions_pkey PRIMARY KEY (id)
  constraint sessions_cookie_is_unique UNIQUE (cookie)
  constraint sessions_grant_is_unique UNIQUE (grant_id)
  constraint sessions_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE
  CREATE INDEX sessions_by_principal ON public.sessions USING btree (principal_id, began_at DESC)
  CREATE INDEX sessions_by_provider ON public.sessions USING btree (provider_id) WHERE ((provider_id IS NOT NULL) AND (ended_at IS NULL))
  CREATE INDEX sessions_ending ON public.sessions USING btree (ends_at)

table sign_in_failures
  key bytea not null
  failures integer not null
  until timestamp with time zone not null
  constraint sign_in_failures_pkey PRIMARY KEY (key)
  CREATE INDEX sign_in_failures_ending ON public.sign_in_failures USING btree (until)

table sign_ins
  principal_id uuid not null
  generation integer not null default 0
  password text
  password_grant boolean not null default false
  methods text[] not null default '{pwd}'::text[]
  contexts text[] not null default '{}'::text[]
  stated boolean not null default false
  changed_at timestamp with time zone not null
  constraint sign_ins_pkey PRIMARY KEY (principal_id)
  constraint sign_ins_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE

table source_tokens
  id uuid not null
  source_id uuid not null
  digest bytea not null
  hint text not null
  created_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  revoked_at timestamp with time zone
  constraint source_tokens_pkey PRIMARY KEY (id)
  constraint source_tokens_digest_is_unique UNIQUE (digest)
  constraint source_tokens_source_exists FOREIGN KEY (source_id) REFERENCES identity_sources(id) ON DELETE CASCADE
  CREATE INDEX source_tokens_by_source ON public.source_tokens USING btree (source_id, created_at)

table spent_assertions
  id bytea not null
  address text not null
  used_at timestamp with time zone not null
  ends_at timestamp with time zone not null
  constraint spent_assertions_pkey PRIMARY KEY (id)
  CREATE INDEX spent_assertions_ending ON public.spent_assertions USING btree (ends_at)

table stint_migrations
  number integer not null
  name text not null
  hash text not null
  constraint stint_migrations_pkey PRIMARY KEY (number)

table target_expiry
  id bigint not null generated as identity
  target_id uuid not null
  grant_id uuid not null
  generation bigint not null
  ended_at timestamp with time zone not null
  proven_at timestamp with time zone not null
  constraint target_expiry_pkey PRIMARY KEY (id)
  constraint target_expiry_once UNIQUE (grant_id, generation)
  constraint target_expiry_grant_exists FOREIGN KEY (grant_id) REFERENCES grants(id)
  constraint target_expiry_target_exists FOREIGN KEY (target_id) REFERENCES targets(id)
  CREATE INDEX target_expiry_by_target ON public.target_expiry USING btree (target_id, proven_at DESC)

table targets
  id uuid not null
  name text not null
  kind text not null
  config jsonb not null
  enabled boolean not null default true
  recheck_ms bigint not null default 300000
  drift text not null default 'report'::text
  exclusive boolean not null default false
  objective_ms bigint not null default 30000
  observe_at timestamp with time zone not null
  health jsonb
  checked_at timestamp with time zone
  created_at timestamp with time zone not null
  constraint targets_pkey PRIMARY KEY (id)
  constraint targets_name_is_unique UNIQUE (name)
  constraint targets_drift_is_known CHECK ((drift = ANY (ARRAY['report'::text, 'remove'::text])))
  constraint targets_objective_is_positive CHECK ((objective_ms > 0))
  constraint targets_recheck_is_positive CHECK ((recheck_ms > 0))
  CREATE INDEX targets_observed ON public.targets USING btree (observe_at) WHERE enabled

table tenant
  id uuid not null
  display_name text not null
  domains text[] not null
  settings jsonb not null default '{}'::jsonb
  only_one boolean not null default true
  constraint tenant_pkey PRIMARY KEY (id)
  constraint tenant_is_single UNIQUE (only_one)
  constraint tenant_only_one_check CHECK (only_one)

table transitions
  machine text not null
  from_state text not null
  to_state text not null
  constraint transitions_pkey PRIMARY KEY (machine, from_state, to_state)

table unit_members
  plane text not null default 'directory'::text
  scope text not null
  principal_id uuid not null
  added_at timestamp with time zone not null
  constraint unit_members_pkey PRIMARY KEY (scope, principal_id)
  constraint unit_members_principal_exists FOREIGN KEY (principal_id) REFERENCES principals(id)
  constraint unit_members_scope_exists FOREIGN KEY (plane, scope) REFERENCES scopes(plane, id)
  constraint unit_members_are_of_the_directory CHECK ((plane = 'directory'::text))
  CREATE INDEX unit_members_by_principal ON public.unit_members USING btree (principal_id, scope)

CREATE OR REPLACE FUNCTION public.emergencies_are_loud()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into outbox (topic, event_id, due_at)
  select 'emergency', e.id, e.at from fresh e
  where e.actor_id in (select id from principals where is_emergency_access)
    or (e.principal_id in (select id from principals where is_emergency_access) and (e.subject = 'emergencyAccess'
      or (e.machine is distinct from 'request' and e.kind <> 'refusal' and (e.actor_kind <> 'system' or e.subject = 'person'))));
  return null;
end
$function$

CREATE OR REPLACE FUNCTION public.events_are_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'events are append-only' using errcode = 'restrict_violation';
end
$function$
