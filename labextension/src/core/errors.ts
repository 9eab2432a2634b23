/** The target of an operation does not exist (any more); thrown before anything is changed. */
export class Gone extends Error {
  /** `kind` is the conflict's name on the wire (SPEC 5.5). */
  constructor(readonly kind: string) {
    super(kind);
  }
}

/** A value that the wire does not allow. */
export class BadValue extends Error {}
