import type { Op } from '../core/ops';
import type { State } from '../core/state';
import { Columns, type Json } from '../core/values';
import type { Recovery } from '../sync/replica';
import { match } from './match';
import { renamedOp, renamedState } from './rename';

/** What becomes of pending edits that may never have reached the document as it is now. */
export type Choice = 'replay' | 'discard';

/** A choice, or who makes it from the edits in question. */
export type Policy = Choice | ((recovery: Recovery, ops: readonly Op[]) => Choice);

/** Carry pending edits to another client id, and to another incarnation of the document (SPEC 3.1 and 5.6). */
export function recovered(
  { old, now, from, to, was, client, doubt }: Recovery,
  ops: readonly Op[],
  choice: Choice,
): [(Op | null)[], State] {
  const kept = ops.map((op, i) => (choice === 'discard' && i < doubt ? null : op));
  const ids = new Map(from === to ? [] : [...strays(old, now, from), ...match(old, now)]);
  for (const name of was === client ? [] : kept.flatMap(made)) {
    if (name.startsWith(`${was}-`)) ids.set(name, client + name.slice(was.length));
  }
  return [kept.map((op) => op && renamedOp(op, ids)), renamedState(old, ids)];
}

/** An id that now means another model must not be taken for it: names that no model has. */
function strays(old: State, now: State, epoch: string): [string, string][] {
  return [...old.models.keys()].filter((m) => now.models.has(m)).map((m) => [m, `${epoch}~${m}`]);
}

/** The names an operation brings in: of a model, and of generations. */
function made(op: Op | null): string[] {
  const { m, v, props }: Json = op ?? {};
  const sources = Object.values({ ...props, v }).filter((each) => each instanceof Columns);
  return [...(op?.op === 'add' ? [m] : []), ...sources.map(({ gen }) => gen)];
}
