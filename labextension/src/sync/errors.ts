/** Codes of ERROR messages (SPEC 3.2); one that is not known acts by its `retry`. */
export type Code =
  | 'bad-message'
  | 'too-large'
  | 'not-ready'
  | 'unauthorised'
  | 'not-yours'
  | 'read-only'
  | 'unknown-session'
  | 'unsupported-version'
  | 'stale-epoch'
  | 'stale-base'
  | 'seq-gap'
  | 'rate-limited'
  | 'conflict'
  | 'invalid-value'
  | 'invalid-op'
  | 'internal';

// Close codes of a connection (SPEC 5.9).

/** The peer did not follow the protocol. */
export const BAD_MESSAGE = 4400;

/** There is no common protocol version. */
export const VERSION_MISMATCH = 4406;

/** The peer does not answer. */
export const SLOW_CONSUMER = 4408;

/** Another connection has the client id now. */
export const TAKEN_OVER = 4409;
