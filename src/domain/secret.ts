// A secret shows itself only to who asks for it by name: printed, serialised or inspected it is `***` (law 16).

const MASK = '***'

/** A value that must not be seen in logs, errors, answers or dumps. */
export interface Secret {
  /** The value itself: call it at the last moment, and keep nothing. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** Wraps a value; it lives in a closure, so that no walk over properties can find it. */
export function secret(value: string): Secret {
  const masked = () => MASK
  const hidden = {
    reveal: () => value,
    toString: masked,
    toJSON: masked,
    [Symbol.toPrimitive]: masked,
    // Node's console and util.inspect ask for this symbol; named here since the domain has no Node types.
    [Symbol.for('nodejs.util.inspect.custom')]: masked,
  }
  return Object.freeze(hidden)
}
