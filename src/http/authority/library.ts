// The certified library behind the authority. On Node 20, where it works and is tested, it warns at import that it wants a newer one
// (decision D38): on every command's standard error, so that one line is held back here.

const { warn } = console
console.warn = (...words: unknown[]) => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
}
const library = await import('oidc-provider')
console.warn = warn

export const { errors, interactionPolicy, Provider } = library
