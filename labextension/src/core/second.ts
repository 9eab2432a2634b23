import { makeArray, takeBytes } from './binary';
import { apply, joined, makeColumns, Source } from './bulk';
import { late } from './late';

/** The second half of this room, there from now on: what only large data needs. */
export const second = { apply, joined, makeArray, makeColumns, Source, takeBytes };

late.install(second);
