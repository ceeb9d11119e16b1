// Names of actions with `*` for any text (behaviour 12). Roles are written by people, and a pattern turned into a regular expression
// could be made to take years; this one never looks back further than the last star.

/** Does the text match the pattern? Both in lower case; steps at most their lengths multiplied. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p
      p += 1
      resume = t
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1
      t += 1
    } else if (star >= 0) {
      resume += 1
      p = star + 1
      t = resume
    } else return false
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}
