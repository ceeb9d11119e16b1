// Networks as CIDR, and whether an address lies in one. Whatever cannot be read lies nowhere (law 11).

const bytesOf4 = (text: string): readonly number[] | null => {
  const parts = text.split('.')
  if (parts.length !== 4 || parts.some((p) => !/^(0|[1-9]\d{0,2})$/.test(p) || Number(p) > 255)) return null
  return parts.map(Number)
}

const GROUP = /^[0-9a-f]{1,4}$/i

function groupsOf(text: string): readonly number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const tail = parts.at(-1)?.includes('.') ? bytesOf4(parts.pop() ?? '') : undefined
  if (tail === null || parts.some((p) => !GROUP.test(p))) return null
  const groups = parts.flatMap((p) => [Number.parseInt(p, 16) >> 8, Number.parseInt(p, 16) & 255])
  return tail ? [...groups, ...tail] : groups
}

function bytesOf6(text: string): readonly number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(groupsOf)
  if (!head || tail === null) return null
  if (tail === undefined) return head.length === 16 ? head : null
  const missing = 16 - head.length - tail.length
  return missing < 2 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail]
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]

/** An address as bytes: four or sixteen; an IPv4 address that is written as IPv6 has four. */
function bytesOf(text: string): readonly number[] | null {
  const plain = text.replace(/%.*$/, '')
  const bytes = plain.includes(':') ? bytesOf6(plain) : bytesOf4(plain)
  return bytes?.length === 16 && MAPPED.every((b, i) => bytes[i] === b) ? bytes.slice(12) : bytes
}

interface Network {
  readonly bytes: readonly number[]
  readonly bits: number
}

function networkOf(cidr: string): Network | null {
  const [address = '', length, ...rest] = cidr.trim().split('/')
  const bytes = bytesOf(address)
  // An IPv4 network is written as one: the length of a mapped one would mean something else.
  if (!bytes || rest.length > 0 || (bytes.length === 4 && address.includes(':'))) return null
  const most = bytes.length * 8
  if (length === undefined) return { bytes, bits: most }
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) return null
  return { bytes, bits: Number(length) }
}

/** Is the text a network in CIDR form, or an address? */
export const isNetwork = (cidr: string): boolean => networkOf(cidr) !== null

/** Does an address lie in a network? Null or unreadable: no. */
export function liesIn(address: string | null, cidr: string): boolean {
  const at = address === null ? null : bytesOf(address)
  const network = networkOf(cidr)
  if (!at || !network || at.length !== network.bytes.length) return false
  return at.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, network.bits - i * 8))
    const mask = (0xff << (8 - bits)) & 0xff
    return (byte & mask) === ((network.bytes[i] ?? 0) & mask)
  })
}
