import '../core/second';
import { Joiner } from './joiner';
import { late } from './late';
import { commit, giveUp, outcome } from './rebase';
import { resume } from './resume';
import { split } from './split';

/** The second half of the engine, there from now on: what only a concurrent edit, a loss or large data needs. */
export const second = { commit, giveUp, Joiner, outcome, resume, split };

late.install(second);
