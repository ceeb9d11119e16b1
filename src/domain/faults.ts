// FAULTS: every expected refusal, once. A code has one wording, a native status, and its name at the other doors.
// `{x}` in the wording is filled from the fault's data. Names and statuses at Graph and ARM: contract reference, section 18.

interface FaultRow {
  readonly status: number
  readonly words: string
  /** Graph's `error.code`, when it differs from ours, and its status. */
  readonly graph?: readonly [code: string, status?: number]
  /** ARM's `error.code`, when it differs from ours, and its status. */
  readonly arm?: readonly [code: string, status?: number]
}

// biome-ignore format: one line per refusal, columns aligned
export const FAULTS = {
  AccountDisabled:             { status: 400, words: 'the account is disabled' },
  ActiveDurationTooShort:      { status: 400, words: 'the period is shorter than `{minimum}`: ask for at least that long, or wait until it has passed before removing' },
  AlreadyBound:               { status: 409, words: '{detail}', graph: ['Conflict'], arm: ['RequestConflict'] },
  ApprovalExpired:             { status: 409, words: 'approval `{id}` lapsed undecided: the requestor must ask anew', graph: ['Conflict'], arm: ['RequestConflict'] },
  AlreadyUsed:                 { status: 400, words: 'it was used already: start again' },
  ApplicationDisabled:         { status: 400, words: 'the application `{id}` is disabled' },
  ApplicationExists:           { status: 409, words: '`{name}` is registered already', graph: ['Conflict'], arm: ['RequestConflict'] },
  ApplicationNotFound:         { status: 404, words: 'no application, or more than one, is called `{id}`: give its client id', graph: ['Request_ResourceNotFound'], arm: ['ResourceNotFound'] },
  ApproverJustificationRequired: { status: 400, words: 'a justification is required with the decision', graph: ['BadRequest'], arm: ['InvalidRequestContent'] },
  ApprovalAlreadyDecided:      { status: 409, words: 'approval `{id}` was already decided', graph: ['Conflict'], arm: ['RequestConflict'] },
  AuthenticationRequired:      { status: 401, words: 'a bearer token is required: send `Authorization: Bearer …`', graph: ['InvalidAuthenticationToken'], arm: ['AuthenticationFailed'] },
  BodyTooLarge:                { status: 413, words: 'the body is larger than {limit} bytes', graph: ['RequestEntityTooLarge'], arm: ['RequestContentTooLarge'] },
  CannotRemoveLastActiveAdministrator: { status: 400, words: 'this would leave nobody active in `{role}`: assign another person first' },
  CeremonyOver:                { status: 400, words: 'this took too long, or was done already: open the page again' },
  DependencyFailed:            { status: 424, words: 'not tried: a request it depends on failed (`{id}`)', graph: ['FailedDependency'] },
  EnrolmentOver:               { status: 400, words: 'this link does not work: it was used, opened in another browser, replaced, or is over; ask for a new one' },
  FreshProofRequired:          { status: 403, words: 'this needs a fresh sign-in: sign in again' },
  ConsentRequired:             { status: 400, words: 'the application `{id}` was given no permission to act for people at `{resource}`: an administrator adds it with `stint app permission add --delegated`' },
  ExternalSignInRefused:      { status: 400, words: 'the sign-in at the identity provider does not count: {detail}' },
  Forbidden:                   { status: 403, words: 'you lack `{needs}` at `{scope}`', graph: ['Authorization_RequestDenied'], arm: ['AuthorizationFailed'] },
  InsufficientPermissions:     { status: 403, words: 'the requestor `{id}` has no permission for this list: add `$filter=asTarget()` to see your own' },
  IdentityConflict:            { status: 409, words: 'the name `{name}` is held by somebody whom this source does not keep: rename one of them, or let the source adopt' },
  IdentityNotKept:             { status: 403, words: '`{id}` is not for a source to change: {detail}' },
  IdentitySourceExists:        { status: 409, words: 'a source called `{name}` exists already: choose another name' },
  IdentitySourceNotFound:      { status: 404, words: 'no source is called `{id}`' },
  InsecureConnection:          { status: 400, words: 'this page is offered over https only' },
  InternalServerError:         { status: 500, words: 'something broke on our side: quote the request id to whoever runs this server' },
  InvalidApiVersionParameter:  { status: 400, words: 'the api-version `{value}` is not known for this type; known are: {known}' },
  InvalidApplication:          { status: 400, words: 'the application is invalid: {detail}', graph: ['BadRequest'], arm: ['BadRequest'] },
  InvalidAudience:             { status: 401, words: 'the token was issued for another audience', graph: ['InvalidAuthenticationToken'], arm: ['InvalidAuthenticationToken'] },
  InvalidContext:             { status: 400, words: 'the authentication context cannot be so: {detail}' },
  InvalidCursor:               { status: 400, words: 'the page cursor is not one of ours: start again from the first page', graph: ['BadRequest'], arm: ['BadRequest'] },
  InvalidDuration:             { status: 400, words: '`{value}` is not an ISO 8601 duration such as `PT8H` or `P180D`', graph: ['InvalidRoleAssignmentRequestSchedule'], arm: ['InvalidRoleAssignmentRequestSchedule'] },
  InvalidEmergencyAccount:    { status: 400, words: 'it cannot be an account for emergencies: {detail}' },
  InvalidFilter:               { status: 400, words: 'the filter is not understood: {detail}' },
  InvalidIdentitySource:       { status: 400, words: 'the source is not understood: {detail}' },
  InvalidImport:               { status: 400, words: 'nothing was imported: {detail}' },
  InvalidInstant:              { status: 400, words: '`{value}` is not an ISO 8601 date-time', graph: ['InvalidRoleAssignmentRequestSchedule'], arm: ['InvalidRoleAssignmentRequestSchedule'] },
  InvalidObject:               { status: 400, words: '{detail}', graph: ['Request_BadRequest'], arm: ['InvalidRequestContent'] },
  InvalidPath:                { status: 400, words: 'the path is not understood: {detail}', graph: ['BadRequest'], arm: ['BadRequest'] },
  InvalidProvider:            { status: 400, words: 'the identity provider cannot be so: {detail}' },
  InvalidPolicy:               { status: 400, words: 'the policy is invalid: {detail}' },
  InvalidQuery:               { status: 400, words: 'the query is not understood: {detail}', graph: ['BadRequest'], arm: ['BadRequest'] },
  InvalidResourceGroupLocation: { status: 409, words: 'resource group `{id}` is in `{location}`, and a resource group does not move' },
  InvalidRoleAssignmentRequest: { status: 400, words: 'the role assignment request is invalid: {detail}' },
  InvalidRoleDefinition:      { status: 400, words: 'the role is invalid: {detail}', graph: ['Request_BadRequest'] },
  InvalidScope:                { status: 400, words: 'the scope is not understood: {detail}' },
  InvalidSignIn:               { status: 400, words: 'the request is not understood: {detail}' },
  InvalidSourceToken:          { status: 401, words: 'a token of a source is required: an administrator makes one with `stint source token`' },
  InvalidTenantFile:          { status: 400, words: 'the tenant file is not understood: {detail}' },
  InvalidToken:                { status: 401, words: 'the token is not valid: {detail}', graph: ['InvalidAuthenticationToken'], arm: ['InvalidAuthenticationToken'] },
  LastWayIn:                   { status: 409, words: 'this is the last way into the account: add another one first' },
  LastAbleAdministrator:      { status: 400, words: 'this would lock out everybody who can give roles: first see that another administrator can sign in and meets the rules', graph: ['InvalidPolicy'], arm: ['InvalidPolicy'] },
  MalformedBody:               { status: 400, words: 'the body is not understood: {detail}', graph: ['BadRequest'], arm: ['InvalidRequestContent'] },
  MethodNotAllowed:            { status: 405, words: '`{method}` is not offered here', graph: ['Request_BadRequest'] },
  MfaAndAcrsConflict:          { status: 400, words: 'multifactor authentication and an authentication context cannot both be required: turn one off', graph: ['InvalidPolicy'], arm: ['InvalidPolicy'] },
  MfaRequired:                 { status: 400, words: 'a second factor is required, which a password alone does not give' },
  MissingApiVersionParameter:  { status: 400, words: 'the api-version query parameter (?api-version=) is required' },
  MissingClientCredential:     { status: 401, words: 'the application must show a secret or an assertion' },
  NotASample:                  { status: 400, words: 'passwords are stated, and sent by applications, only in a sample installation (`stint serve --sample`): people enrol with a link (`stint user enrol`)' },
  NotAnApprover:               { status: 403, words: 'you are not an approver of `{id}`', graph: ['Authorization_RequestDenied'], arm: ['AuthorizationFailed'] },
  NotCancelable:               { status: 400, words: 'request `{id}` is `{status}` and can no longer be canceled', graph: ['InvalidRoleAssignmentRequest'], arm: ['InvalidRoleAssignmentRequest'] },
  ObjectConflict:              { status: 409, words: 'Another object with the same value for property {property} already exists.', graph: ['Request_BadRequest', 400], arm: ['Conflict'] },
  OwnRequest:                  { status: 403, words: 'nobody decides their own request', graph: ['Authorization_RequestDenied'], arm: ['AuthorizationFailed'] },
  NotLinked:                  { status: 400, words: 'nobody here is known by your account at {provider}: ask an administrator to link it' },
  PasswordGrantRefused:        { status: 400, words: 'a password may not be sent here: {detail}' },
  PasskeyRefused:              { status: 400, words: 'the passkey was not accepted: {detail}' },
  ProofTooWeak:                { status: 400, words: '{detail}' },
  PermissionScopeNotGranted:  { status: 403, words: 'Authorization failed due to missing permission scope {scopes}.', graph: ['UnknownError'], arm: ['AuthorizationFailed'] },
  PendingRoleAssignmentRequest: { status: 400, words: 'a request for the same role and scope is already pending: wait for it or cancel it' },
  PrincipalNotAllowed:         { status: 400, words: '{detail}', graph: ['InvalidRoleAssignmentRequest'], arm: ['InvalidRoleAssignmentRequest'] },
  ProviderExists:             { status: 409, words: '{what} is there already: choose another, or change that one' },
  ProviderNotFound:           { status: 404, words: 'no identity provider is called `{id}`' },
  ProviderUnreachable:        { status: 503, words: 'the identity provider cannot be asked: {detail}' },
  QuotaExceeded:               { status: 403, words: 'there are {limit} role-assignable groups already, and no more are allowed: delete one first', graph: ['Directory_QuotaExceeded'] },
  ReferenceExists:             { status: 400, words: "One or more added object references already exist for the following modified properties: '{property}'.", graph: ['Request_BadRequest'] },
  ResourceGroupBeingDeleted:  { status: 409, words: '`{id}` is still being deleted: try again in a moment' },
  ResourceIsLocked:            { status: 400, words: 'the resource `{scope}` is locked' },
  ResourceNotFound:            { status: 404, words: '`{id}` does not exist', graph: ['Request_ResourceNotFound'], arm: ['ResourceNotFound'] },
  RoleAssignmentDoesNotExist:  { status: 400, words: 'the role assignment does not exist' },
  RoleAssignmentExists:        { status: 400, words: 'The Role assignment already exists.' },
  RoleAssignmentLimitExceeded: { status: 400, words: 'the subscription holds {limit} role assignments already' },
  RoleAssignmentRequestAcrsValidationFailed: { status: 400, words: '{claims}' },
  RoleAssignmentRequestExists: { status: 400, words: 'A role assignment request with Id: {id} already exists' },
  RoleAssignmentRequestPolicyValidationFailed: { status: 400, words: 'The following policy rules failed: {rules}' },
  RoleDefinitionHasAssignments: { status: 409, words: 'role `{id}` is held: end its assignments and eligibilities first', graph: ['Conflict'] },
  RoleDefinitionWithSameNameExists: { status: 409, words: 'a role called `{name}` exists already: choose another name', graph: ['Conflict'] },
  RoleNotFound:                { status: 404, words: 'role `{id}` does not exist', arm: ['RoleDefinitionDoesNotExist'] },
  RoleAssignmentUpdateNotPermitted: { status: 400, words: 'principal, role, scope and condition of a role assignment cannot be changed: remove it, and make another', graph: ['Request_BadRequest'] },
  SideDoorClosed:              { status: 403, words: 'assignments past the front door are closed for `{scope}`: ask for an assignment by a request', graph: ['Authorization_RequestDenied'], arm: ['RequestDisallowedByPolicy'] },
  ScopeDoesNotMatchRoleDefinition: { status: 400, words: 'role `{role}` cannot be assigned at `{scope}`' },
  SecondFactorRequired:        { status: 400, words: 'a password alone does not sign in an account that holds or may activate privileged roles: ask an administrator for an enrolment link, and add a passkey or a code generator' },
  SecretEnded:                 { status: 401, words: 'the secret has ended: make a new one with `stint app secret add`' },
  SignInEnded:                { status: 400, words: 'the sign-in has ended: sign in again' },
  SignInLocked:                { status: 400, words: 'too many failed sign-ins: wait and try again' },
  SubjectNotFound:             { status: 400, words: 'principal `{id}` does not exist' },
  SourceUnreachable:           { status: 503, words: 'the directory cannot be read: {detail}' },
  TargetExists:               { status: 409, words: 'a target called `{name}` exists already: choose another name, or change that one', graph: ['Conflict'], arm: ['RequestConflict'] },
  TargetNotConfigured:         { status: 503, words: 'the target is not configured: the environment has no {names}' },
  TokenNeedsSample:           { status: 400, words: 'tokens are signed on the spot only in a sample installation (`stint serve --sample`): sign in with `stint login`' },
  TooManySignIns:              { status: 429, words: 'too many sign-ins were begun from this address: wait a quarter of an hour' },
  TooManyLost:                 { status: 409, words: 'the run would take away {lost} of {kept} {what}, and the limit is {limit}: nothing was written; look at it, then run it once with `--override`' },
  UnknownApplication:          { status: 400, words: 'the application `{id}` is not known in this directory: register it with `stint app create`' },
  UnknownResource:             { status: 400, words: 'the resource `{resource}` is not served here' },
  UnknownResourceType:         { status: 404, words: 'the resource type `{type}` is not served here', graph: ['BadRequest'], arm: ['InvalidResourceType'] },
  UnsupportedQuery:            { status: 400, words: 'the query is not offered like this: {detail}', graph: ['Request_UnsupportedQuery'] },
  UnknownTenant:               { status: 400, words: 'the tenant `{name}` is not served here' },
  UnsupportedGrantType:        { status: 400, words: 'this way to get a token is not offered' },
  VersionMismatch:             { status: 412, words: '`{id}` was changed meanwhile: read it again' },
  WeakPassword:                { status: 400, words: 'choose another password: {detail}' },
  WrongAssertion:              { status: 401, words: 'the assertion is not accepted: {detail}' },
  WrongCode:                   { status: 400, words: 'the code is wrong, or was used already' },
  WrongPassword:               { status: 400, words: 'the name or the password is wrong' },
  WrongSealedSecret:           { status: 400, words: 'the sealed secret is wrong, or mistyped: the last group tells a slip of the pen' },
  WrongSecret:                 { status: 401, words: 'the secret is not one of this application' },
  ServiceUnavailable:          { status: 503, words: 'the server is starting or stopping: try again in a moment' },
} satisfies Record<string, FaultRow>

export type FaultCode = keyof typeof FAULTS

/** One unmet requirement: the rule that found it and the name the wire gives that rule. */
export interface Finding {
  /** The wire's rule name, such as `JustificationRule`, or the fault code of a rule that always holds. */
  readonly rule: string
  /** The policy rule's id, when a setting asked for it. */
  readonly ruleId: string | null
  readonly code: FaultCode
  /** What is missing, in words. */
  readonly words: string
  /** What would satisfy it, in words; null where nothing the asker can do would. */
  readonly mend: string | null
  /** What to hand on to the sign-in as `claims`, where a sign-in would satisfy it. */
  readonly claims?: string
}

export interface Fault {
  readonly code: FaultCode
  readonly words: string
  readonly data: Readonly<Record<string, string | number>>
  readonly findings: readonly Finding[]
}

/** Makes a fault: the table's wording filled with `data`, which must name every placeholder. */
export function fault(code: FaultCode, data: Fault['data'] = {}, findings: readonly Finding[] = []): Fault {
  const words = FAULTS[code].words.replace(/\{(\w+)\}/g, (_, name: string) => String(data[name] ?? `{${name}}`))
  return { code, words, data, findings }
}

/** The row of a code, with every column present. */
export const faultRow = (code: FaultCode): FaultRow => FAULTS[code]
