// The sealed secret of an account for emergencies: 256 bits, written so that a tired person can type it from paper. Groups of four
// letters and digits without those that look alike, and a last group that tells a slip of the pen from a wrong secret.

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BYTES = 32
const LENGTH = Math.ceil((BYTES * 8) / 5)
const GROUP = 4

// What people write for what is meant.
const MEANT: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** The largest prime below 32⁴: any one wrong sign, and any two neighbours swapped, give another group. */
const PRIME = 1_048_573
const STEP = 33

function symbols(value: number, length: number): string {
  let left = value
  let text = ''
  for (let i = 0; i < length; i++) {
    text = `${DIGITS[left % 32]}${text}`
    left = Math.floor(left / 32)
  }
  return text
}

const checkOf = (text: string): string =>
  symbols(
    [...text].reduce((sum, c) => (sum * STEP + DIGITS.indexOf(c) + 1) % PRIME, 0),
    GROUP,
  )

function encoded(bytes: Uint8Array): string {
  let bits = 0
  let held = 0
  let text = ''
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += DIGITS[(held >> bits) & 31]
      held &= (1 << bits) - 1
    }
  }
  return bits > 0 ? text + DIGITS[(held << (5 - bits)) & 31] : text
}

/** A secret in groups, made of 32 random bytes. Throws where it is given another number of them. */
export function writeSealed(bytes: Uint8Array): string {
  if (bytes.length !== BYTES) throw new Error(`a sealed secret has ${BYTES} bytes`)
  const text = encoded(bytes)
  return `${text}${checkOf(text)}`.match(/.{4}/g)?.join('-') ?? ''
}

/** What was typed as the secret that is meant, without its check group; null where it cannot be one: a slip, or something else. */
export function readSealed(typed: string): string | null {
  if (typed.length > 200) return null
  const text = typed
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/[OIL]/g, (c) => MEANT[c] ?? c)
  if (text.length !== LENGTH + GROUP || [...text].some((c) => !DIGITS.includes(c))) return null
  const secret = text.slice(0, LENGTH)
  return checkOf(secret) === text.slice(LENGTH) ? secret : null
}
