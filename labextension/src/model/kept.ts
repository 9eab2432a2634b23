import { isDict } from '../core/dicts';
import { fromWire, type Op, toWire } from '../core/ops';
import { fromSnapshot, type State } from '../core/state';
import { encode, type Json, Opaque, Ref, type Value } from '../core/values';
import type { Entry, Replica } from '../sync/replica';
import { Transaction } from './transaction';

/** What another page needs to go on with a replica's edits in its name (SPEC 3.1): JSON, within a step of its view. */
export function keep(replica: Replica): Json {
  const { epoch, rev, msgs, client, resumeKey, seq, inFlight: flight } = replica;
  let out: Json;
  replica.redo((pending) => {
    const base = ground(replica.state, pending);
    out = { epoch, rev, msgs, client, resumeKey, seq, flight, ...editsToJson(pending), base };
  });
  return out;
}

/** Go on with what another page has kept; throws where it is malformed, and `Missing` where code has to be fetched. */
export function adopt(replica: Replica, json: Json): void {
  const { epoch, rev, msgs, client, resumeKey, seq, flight } = json;
  const edits = editsFromJson(json);
  const state = fromSnapshot(json.base, []);
  const sent = edits.filter((entry) => entry.sent);
  const under = flight && { seq: flight, submitted: sent, lost: [] };
  Object.assign(replica, { client, resumeKey, seq, entries: edits, flight: under });
  replica.begin = () =>
    replica.redo(() => Object.assign(replica, { state, epoch, rev, msgs, begin: undefined }));
}

function editsToJson(pending: readonly Entry[]): Json {
  const groups = [...new Set(pending.map(({ of }) => of))];
  return {
    groups: groups.map((of) => of && { mode: of.mode, label: of.label }),
    edits: pending.map(({ op, of, sent }) => [toWire(op, null), groups.indexOf(of), sent]),
  };
}

function editsFromJson({ groups, edits }: Json): Entry[] {
  const made = groups.map((of: Json) => of && new Transaction(of.mode, of.label));
  return edits.map(([op, of, sent]: Json) => ({
    op: fromWire(op, []),
    undo: [],
    of: made[of],
    sent,
  }));
}

/** The models that edits name, and those on the way to them from the roots: enough to find them again (SPEC 5.6). */
function ground({ title, roots, models }: State, edits: readonly Entry[]): Json {
  const parents = new Map<string, string | null>(roots.map((m) => [m, null]));
  for (const [m] of parents) {
    for (const id of references(models.get(m)?.props)) if (!parents.has(id)) parents.set(id, m);
  }
  const needed = new Set(edits.flatMap(({ op }) => named(op)));
  for (const m of needed) needed.add(parents.get(m) ?? m);
  const plain = [...needed].flatMap((m) => {
    const model = models.get(m);
    return model ? [[m, { type: model.type, props: encode(model.props, null) }]] : [];
  });
  return { title, roots, models: Object.fromEntries(plain) };
}

function named(op: Op): string[] {
  const { m, v = null, data = null, props = null }: Json = op;
  return [...(m ? [m] : []), ...references(v), ...references(data), ...references(props)];
}

/** The ids of the models that a value names. */
function references(v: Value | undefined): string[] {
  if (v instanceof Ref) return [v.id];
  if (v instanceof Opaque) return references(v.raw);
  if (Array.isArray(v)) return v.flatMap(references);
  return isDict(v) ? Object.values(v).flatMap(references) : [];
}
