import { isDict } from '../core/dicts';
import { fromWire, type Op, toWire } from '../core/ops';
import { fromSnapshot, type State } from '../core/state';
import { encode, type Json, Opaque, Ref, type Value } from '../core/values';
import type { Entry, Replica } from '../sync/replica';
import { Transaction } from './transaction';
import type { Types } from './types';

/**
 * What another page needs to go on with a replica's edits in its name (SPEC 3.1): JSON, within a step of its view.
 *
 * Null where there are none. What is not `saved` is not kept.
 */
export function keep(replica: Replica, types: Types): Json {
  const { epoch, rev, msgs, client, resumeKey, seq, inFlight: flight } = replica;
  let out: Json = null;
  replica.redo((pending) => {
    const edits = withoutSecrets(pending, replica.state, types);
    if (!edits.length) return;
    const base = ground(replica.state, edits, types);
    const all = { epoch, rev, msgs, client, resumeKey, ...editsToJson(edits), base };
    // Nothing of what was in flight is kept: its number may never have arrived.
    const gone = pending.some(isSent) && !edits.some(isSent);
    out = gone ? { ...all, seq: seq - 1, flight: null } : { ...all, seq, flight };
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

function isSent({ sent }: Entry): boolean {
  return !!sent;
}

/** The edits that may be kept; of what is committed whole or not at all, all or none. */
function withoutSecrets(pending: readonly Entry[], state: State, types: Types): Entry[] {
  const secret = pending.filter(({ op }) => !isKept(op, state, types));
  const torn = new Set(secret.map(({ of }) => of).filter((of) => of?.mode));
  return pending.filter((entry) => !secret.includes(entry) && !torn.has(entry.of));
}

function isKept(op: Op, { models }: State, types: Types): boolean {
  return !('p' in op) || types.keeps(models.get(op.m)?.type ?? '', op.p[0] as string);
}

function editsToJson(pending: readonly Entry[]): Json {
  const groups = [...new Set(pending.map(({ of }) => of))];
  return {
    groups: groups.map((of) => of && { mode: of.mode, label: of.label, broken: of.broken }),
    edits: pending.map(({ op, of, sent }) => [toWire(op, null), groups.indexOf(of), sent]),
  };
}

function editsFromJson({ groups, edits }: Json): Entry[] {
  const made = groups.map(
    (of: Json) => of && Object.assign(new Transaction(of.mode, of.label), { broken: !!of.broken }),
  );
  return edits.map(([op, of, sent]: Json) => ({
    op: fromWire(op, []),
    undo: [],
    of: made[of],
    sent,
  }));
}

/** The models that edits name, and those on the way to them from the roots: enough to find them again (SPEC 5.6). */
function ground({ title, roots, models }: State, edits: readonly Entry[], types: Types): Json {
  const parents = new Map<string, string | null>(roots.map((m) => [m, null]));
  for (const [m] of parents) {
    for (const id of references(models.get(m)?.props)) if (!parents.has(id)) parents.set(id, m);
  }
  const needed = new Set(edits.flatMap(({ op }) => named(op)));
  for (const m of needed) needed.add(parents.get(m) ?? m);
  const plain = [...needed].flatMap((m) => {
    const model = models.get(m);
    if (!model) return [];
    const { type, props } = model;
    const kept = Object.entries(props).filter(([name]) => types.keeps(type, name));
    return [[m, { type, props: encode(Object.fromEntries(kept), null) }]];
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
