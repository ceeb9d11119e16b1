// Template ids of the built-in directory roles that rules of the engine name (facts: behaviour 9).

export const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
export const PRIVILEGED_ROLE_ADMINISTRATOR = 'e8611ab8-c189-46e8-94e1-60213ab1f814'
export const SECURITY_ADMINISTRATOR = '194ae4cb-b126-40b2-bd5b-6091b380977d'
export const GLOBAL_READER = 'f2ef992c-3afb-46b9-b7cf-a126ee74c451'
export const SECURITY_READER = '5d6b6bb7-de71-4623-b4af-96380a352509'
const SECURITY_OPERATOR = '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f'
export const USER_ADMINISTRATOR = 'fe930be7-5e62-47db-91af-98c3a49a38b1'
export const GROUPS_ADMINISTRATOR = 'fdd7a751-b60b-444a-984c-02652fe8fa1c'
export const DIRECTORY_WRITERS = '9360feb5-f418-4baa-8175-e2a00bac4301'
export const IDENTITY_GOVERNANCE_ADMINISTRATOR = '45d8d3c5-c802-45c6-b32a-1d70b5e1e86e'

/** Those who administer directory roles and Stint itself (behaviour 9.1, D30). */
export const ROLE_ADMINISTRATORS: readonly string[] = [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR]

/** Those who may view assignments, requests and policies of directory roles (behaviour 9.1). */
export const ROLE_READERS: readonly string[] = [
  ...ROLE_ADMINISTRATORS,
  SECURITY_ADMINISTRATOR,
  GLOBAL_READER,
  SECURITY_READER,
  SECURITY_OPERATOR,
]
