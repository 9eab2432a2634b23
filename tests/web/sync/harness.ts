import '../../../labextension/src/sync/second';
import type { MsgOp, Op } from '../../../labextension/src/core/ops';
import type { State } from '../../../labextension/src/core/state';
import type { Bytes, Json, Value } from '../../../labextension/src/core/values';
import { type Change, Changes } from '../../../labextension/src/model/changes';
import { type Choice, recovered } from '../../../labextension/src/model/recovery';
import { type Frame, pack, unpack } from '../../../labextension/src/sync/frames';
import { Link } from '../../../labextension/src/sync/link';
import type { Header, Message } from '../../../labextension/src/sync/messages';
import { cut } from '../../../labextension/src/sync/parts';
import {
  type Conflict,
  type Recovery,
  Replica,
  type View,
} from '../../../labextension/src/sync/replica';

/** Writes down all that a replica tells. */
export class Notes implements View {
  changes: Change[] = [];
  messages: [string, string, Value][] = [];
  conflicts: Conflict[] = [];
  order: string[] = [];
  snapshots: [number, number, number][] = [];
  recoveries: Recovery[] = [];
  choice: Choice = 'replay';
  private readonly before = new Changes();
  private depth = 0;

  constructor(private readonly state: () => State) {}

  step<T>(fn: () => T): T {
    this.depth++;
    try {
      return fn();
    } finally {
      if (!--this.depth) this.settle();
    }
  }

  applying(op: Op): void {
    this.before.note(this.state(), op);
  }

  private settle(): void {
    const change = this.before.take(this.state());
    if (change) this.changed(change);
  }

  changed(change: Change): void {
    this.changes.push(change);
    this.order.push('changed');
  }

  message({ m, name, data }: MsgOp): void {
    this.messages.push([m, name, data]);
    this.order.push(name);
  }

  conflict(conflict: Conflict): void {
    this.conflicts.push(conflict);
    this.order.push(conflict.kind);
  }

  resynced(from: number, to: number, lost: number): void {
    this.snapshots.push([from, to, lost]);
  }

  recover(recovery: Recovery, ops: readonly Op[]): [(Op | null)[], State] {
    this.recoveries.push(recovery);
    return recovered(recovery, ops, this.choice);
  }
}

/** A link whose server is the test. */
export class Harness {
  readonly notes: Notes = new Notes(() => this.replica.state);
  readonly replica: Replica = new Replica(this.notes);
  readonly statuses: string[] = [];
  readonly errors: unknown[] = [];
  readonly link = new Link(this.replica, {
    status: (status) => this.statuses.push(status),
    error: (error) => this.errors.push(error),
    other: (message) => this.others.push(message),
  });
  readonly others: Message[] = [];
  frames: Frame[] = [];
  sent: Message[] = [];
  closed: number[] = [];
  now = 0;
  epoch = 'E1';

  send(message: Message): void {
    for (const frame of cut(message, this.link.limits.frame)) this.note(frame);
  }

  note(frame: Frame): void {
    this.frames.push(frame);
    this.sent.push(unpack(frame));
  }

  close(code: number, text: string): void {
    this.closed.push(code);
    this.link.close(code, text);
  }

  /** What the link has sent since the last call. */
  take(): Message[] {
    return this.sent.splice(0);
  }

  /** The one message that the link has sent since the last call. */
  only(): Message {
    const taken = this.take();
    if (taken.length !== 1) throw new Error(`expected one message, got ${JSON.stringify(taken)}`);
    return taken[0] as Message;
  }

  /** A message of the server. */
  say(
    msgtype: string,
    header: Partial<Header> = {},
    content: Json = {},
    buffers: Bytes[] = [],
  ): void {
    const full = { msgid: 's-1', msgtype, epoch: this.epoch, ...header };
    this.deliver(pack(full, content, buffers));
  }

  deliver(frame: Frame): void {
    this.link.receive(frame, this.now);
  }

  ack(
    client = 'c1',
    header: Partial<Header> = {},
    content: Json = {},
    buffers: Bytes[] = [],
  ): void {
    const basic = { protocol: { version: 1, min: 1 }, resume_key: `key-${client}`, ping: 20 };
    this.say('ACK', { client, rev: 0, ...header }, { ...basic, ...content }, buffers);
  }

  /** Answer the latest PULL with a snapshot. */
  snapshot(rev: number, props: Json, header: Partial<Header> = {}): void {
    const reqid = this.lastPull();
    const doc = { title: 't', roots: ['a'], models: { a: { type: 'x/X@1', props } } };
    const client = this.replica.client || 'c1';
    this.say('PULL-DOC-REPLY', { reqid, client, rev, ...header }, { kind: 'snapshot', doc });
  }

  /** Answer the latest PULL with what happened since. */
  delta(since: number, txs: Json[], header: Partial<Header> = {}): void {
    const client = this.replica.client;
    const full = { reqid: this.lastPull(), client, since, rev: since + txs.length, ...header };
    this.say('PULL-DOC-REPLY', full, { kind: 'delta', txs });
  }

  patch(rev: number, ops: Json[], by = 'py', seq?: number, conflicts?: boolean): void {
    const tx = { rev, by, seq, conflicts, ops };
    this.say('PATCH-DOC', { since: rev - 1, rev }, { txs: [tx] });
  }

  ok(seq: number, since: number, rev: number, content: Json = { verbatim: true }): void {
    this.say('OK', { seq, since, rev }, content);
  }

  error(seq: number, rev: number, content: Json): void {
    this.say(
      'ERROR',
      { seq, since: rev, rev },
      { code: 'internal', text: '', retry: 'never', ...content },
    );
  }

  edit(op: Op): void {
    this.notes.step(() => this.replica.local(op));
    this.link.flush(this.now);
  }

  set(name: string, v: Value): void {
    this.edit({ op: 'set', m: 'a', p: [name], v });
  }

  splice(i: number | null, d: number, v: Value[]): void {
    this.edit({ op: 'splice', m: 'a', p: ['list'], i, d, v });
  }

  tick(ms: number): void {
    this.now += ms;
    this.link.tick(this.now);
  }

  get(name: string): Json {
    return this.replica.state.models.get('a')?.props[name];
  }

  private lastPull(): string {
    return this.asked;
  }

  private asked = '';

  /** Forget what was sent, but remember the latest PULL. */
  pulled(): Message {
    const pulls = this.take().filter(({ header }) => header.msgtype === 'PULL-DOC-REQ');
    const pull = pulls.at(-1);
    if (!pull) throw new Error('expected a PULL-DOC-REQ');
    this.asked = pull.header.msgid;
    return pull;
  }
}

/** A harness that is live at revision 5. */
export function live(props: Json = { n: 0, k: 0, list: [1, 2, 3] }): Harness {
  const harness = new Harness();
  harness.link.open(harness, 0);
  harness.ack();
  harness.pulled();
  harness.snapshot(5, props);
  harness.notes.changes = [];
  return harness;
}

/** A set of the wire. */
export const set = (name: string, v: Json): Json => ({ op: 'set', m: 'a', p: [name], v });

/** A splice of the wire, of the property `list`. */
export const splice = (i: number, d: number, v: Json[]): Json => ({
  op: 'splice',
  m: 'a',
  p: ['list'],
  i,
  d,
  v,
});
