import { diff } from '../core/diff';
import type { State } from '../core/state';
import type { Reply } from './messages';
import { complain, conclude, rebase } from './rebase';
import type { Replica } from './replica';

/** As `Replica.resume`, whatever is known or pending already. */
export function resume(replica: Replica, reply: Reply): boolean {
  const { epoch, since, rev, doc, txs, outcome, last_seq, msgs, client = replica.client } = reply;
  replica.begin?.();
  const same = epoch === replica.epoch;
  if (doc ? same && rev < replica.rev : !same || since !== replica.rev) return false;
  if (!doc) replica.patch(replica.rev, rev, txs);
  if (outcome) complain(replica, outcome);
  replica.echoed = null;
  const spent = last_seq ?? 0;
  if (replica.flight && spent >= replica.flight.seq) {
    // The new state has what was committed: it is not a change for the queue, which was made on top of it.
    const made = outcome && outcome.rev > outcome.since ? outcome.rev : null;
    conclude(replica, (doc && outcome?.ops) ?? [], made, true);
  }
  const renamed = client !== replica.client;
  const rebuilt = !same && replica.epoch !== null;
  // A PUSH does not know yet what is on its way.
  const forgotten = renamed || (reply.client !== undefined && last_seq === null);
  const doubt = same ? (doc && forgotten ? replica.sent.length : 0) : replica.pending;
  if (doc || renamed) replace(replica, doc, epoch, client, doubt);
  if (doc) {
    if (same) replica.view.resynced(replica.rev, rev, (msgs ?? replica.msgs) - replica.msgs);
    replica.msgs = msgs ?? 0;
  }
  replica.epoch = epoch;
  replica.rev = rev;
  if (renamed || rebuilt) {
    // Another client id, and an id in another epoch, counts anew (SPEC 3.1 and 5.6).
    replica.client = client;
    replica.seq = spent;
    if (replica.flight) replica.flight.seq = ++replica.seq;
  }
  replica.seq = Math.max(replica.seq, spent);
  return true;
}

function replace(
  replica: Replica,
  doc: State | undefined,
  to: string,
  client: string,
  doubt: number,
): void {
  const { epoch: from, client: was, view } = replica;
  replica.redo(() => {
    const old = replica.state;
    const now = doc ?? old;
    // A first content changes nothing that anybody holds.
    const changes = old.models.size ? diff(old, now) : [];
    for (const op of changes) view.applying(op);
    replica.state = now;
    if (from === null || (from === to && was === client && !doubt)) {
      rebase(replica, changes);
      return;
    }
    const given = replica.entries;
    const about = { old, now, from, to, was, client, doubt };
    const [ops, base] = view.recover(
      about,
      given.map(({ op }) => op),
    );
    replica.entries = given.flatMap((entry, i) => {
      const op = ops[i];
      if (op) return [{ ...entry, op }];
      const { op: lost, of } = entry;
      view.conflict({ kind: 'refused', code: 'stale-epoch', op: lost, of });
      return [];
    });
    // What was lost in flight is told with the rest: nobody else can tell it any more.
    replica.tellLost();
    if (!replica.sent.length) replica.flight = null;
    rebase(replica, diff(base, now));
  });
}
