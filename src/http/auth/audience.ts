// The closed list of audiences (decision D26; clients, section 1). Anything else was meant for another server.

/** Whose token it is: the ARM tools', the Graph tools', or one for this server by its own address. */
export type AudienceKind = 'arm' | 'graph' | 'own'

const WELL_KNOWN: Readonly<Record<string, AudienceKind>> = {
  'https://management.azure.com': 'arm',
  'https://management.core.windows.net': 'arm',
  'https://graph.microsoft.com': 'graph',
  '00000003-0000-0000-c000-000000000000': 'graph',
}

/** The kind of an audience, with or without its trailing slash; null when it is not on the list. */
export function audienceKind(audience: string, origin: string): AudienceKind | null {
  const plain = audience.replace(/\/$/, '')
  if (plain === origin.replace(/\/$/, '')) return 'own'
  return Object.hasOwn(WELL_KNOWN, plain) ? WELL_KNOWN[plain]! : null
}
