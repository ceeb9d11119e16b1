// What keeps us from starting and a person at the keyboard can mend.

/** Told without a stack. */
export class StartProblem extends Error {}
