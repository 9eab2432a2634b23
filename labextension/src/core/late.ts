import type * as Bulk from './bulk';

/** What came needs code that is not there yet: fetch it, then begin again. */
export class Missing extends Error {}

let code: typeof Bulk | undefined;

/** The code of columns and blocks is there from now on. */
export function install(given: typeof Bulk): void {
  code = given;
}

/** The code of columns and blocks, which most documents never need; throws `Missing`. */
export function bulk(): typeof Bulk {
  if (!code) throw new Missing();
  return code;
}
