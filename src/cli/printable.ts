// What names may not do to a terminal: move its cursor, colour it, retitle it, or turn lines around. Whoever chose a name shall not
// choose what the next person sees; everything that is not plain text is shown as what it is.

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text for a terminal; its line ends stay. */
export const printable = (text: string): string => text.replace(CONTROL, escaped)

/** A name within a line: its line ends are shown too, so that it cannot pass for a line of ours. */
export const oneLine = (name: string): string => printable(name).replaceAll('\n', escaped)

/** A value as JSON that a terminal can show; the escapes are JSON's own, so programs read the very same value. */
export const printableJson = (value: unknown): string => JSON.stringify(value).replace(CONTROL, escaped)
