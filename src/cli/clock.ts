// The clock of whoever types: when their token must be refreshed. Nothing of the house goes by it.

/** Milliseconds since the epoch. */
export const wallClock = (): number => Date.now()
