// What may not be a password: what anybody would try first. Length does most of the work; the list is of words that long ones are
// commonly made of.

export const SHORTEST_PASSWORD = 12
/** Characters that must differ from each other. */
const FEWEST_DIFFERENT = 5

const COMMONEST: ReadonlySet<string> = new Set(
  `password passwort motdepasse contrasena senha parola wachtwoord passw pass qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh
  asdfghjkl yxcvbnm zxcvbnm qazwsx qazwsxedc letmein welcome willkommen admin administrator root user test testing guest login master
  monkey dragon football baseball iloveyou sunshine princess superman batman shadow secret changeme default server company summer winter
  spring autumn abc abcd abcdef abcdefgh abcdefghijkl abcdefghijklmnopqrstuvwxyz hello trustno starwars whatever michael jordan computer
  internet correcthorsebatterystaple privileged access stint contoso`.split(/\s+/),
)

const DIGITS = '01234567890123456789'
const LEAST_PART = 4

/** The letters, with those written as digits or signs turned back. */
const spelled = (text: string): string =>
  text
    .replace(/[@4]/g, 'a')
    .replace(/[0]/g, 'o')
    .replace(/[$5]/g, 's')
    .replace(/[1!]/g, 'i')
    .replace(/3/g, 'e')
    .replace(/[^\p{L}]/gu, '')

/** Is the text made of the commonest words and nothing else? */
function isMadeOfCommonest(text: string): boolean {
  if (text === '') return false
  const reached = [true]
  for (let end = 1; end <= text.length; end += 1)
    reached[end] = [...COMMONEST].some((word) => reached[end - word.length] === true && text.startsWith(word, end - word.length))
  return reached[text.length] === true
}

/** Why a password is too easily guessed, in words; null if it is not. `names` are those of its owner. */
export function weaknessOf(password: string, names: readonly string[]): string | null {
  const lower = password.toLowerCase()
  const letters = lower.replace(/[^\p{L}]/gu, '')
  if (new Set(lower).size < FEWEST_DIFFERENT) return 'it repeats the same few characters'
  if (/^\d+$/.test(lower) && (DIGITS.includes(lower) || DIGITS.includes([...lower].reverse().join('')))) return 'it is a row of digits'
  const core = lower.replace(/[^\p{L}]+$/u, '')
  if ([letters, spelled(lower), spelled(core)].some(isMadeOfCommonest)) return 'it is among the commonest'
  const own = names.flatMap((name) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((part) => part.length >= LEAST_PART)
  return own.some((part) => lower.includes(part)) ? 'it contains your name' : null
}
