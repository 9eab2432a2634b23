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

/** Close codes of a connection (SPEC 5.9). */
export const Close = {
  BAD_MESSAGE: 4400,
  UNAUTHORISED: 4401,
  UNKNOWN_SESSION: 4404,
  VERSION: 4406,
  SLOW_CONSUMER: 4408,
  TAKEN_OVER: 4409,
  TOO_LARGE: 4413,
} as const;

/** A frame or message that does not follow the protocol. */
export class BadMessage extends Error {}
