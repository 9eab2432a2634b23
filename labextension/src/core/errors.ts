/** The target of an operation does not exist (any more); thrown before anything is changed. */
export class Gone extends Error {
  /** `kind`, the message, is the conflict's name on the wire (SPEC 5.5). */
  constructor(kind = 'target-gone') {
    super(kind);
  }
}

/** Refuse what the wire does not allow. */
export function check(good: unknown, what: string): asserts good {
  if (!good) throw new Error(`malformed ${what}`);
}
