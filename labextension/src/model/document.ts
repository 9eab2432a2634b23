import type { Table } from '../core/arrays';
import { isDict } from '../core/dicts';
import { Gone } from '../core/errors';
import { late, Missing } from '../core/late';
import { isAddressed, type MsgOp, type Op } from '../core/ops';
import { resolve } from '../core/paths';
import type { State } from '../core/state';
import { type Columns, type Json, NdArray, Opaque, Ref, type Value } from '../core/values';
import { Link, type Status } from '../sync/link';
import { type Conflict, type Recovery, Replica, type View } from '../sync/replica';
import { admit } from './admit';
import { Assets } from './assets';
import { type Change, Changes } from './changes';
import { clone } from './clone';
import { Emitter } from './emitter';
import { adopt, keep } from './kept';
import { load, prefetch } from './late';
import { Model } from './model';
import { type Policy, recovered } from './recovery';
import { type ConflictEvent, type Mode, Transaction } from './transaction';
import { Types } from './types';

/** A snapshot took the place of what was missed; the events of others in between are lost (SPEC 5.5). */
export interface Resynced {
  readonly from: number;
  readonly to: number;
  readonly lost_messages: number;
}

/** The document is another incarnation of itself, and what became of the pending edits. */
export interface NewEpoch {
  readonly from: string;
  readonly to: string;
  readonly choice: 'replay' | 'discard';
}

/** A live document: its models, its roots and the state of its connection. */
export class Document implements View {
  readonly replica: Replica = new Replica(this);
  readonly link: Link = new Link(this.replica, {
    status: (status) => {
      if (status === 'live') {
        this.adopted = null;
        this.assets.restart();
        prefetch();
      }
      this.events.emit('status', this);
    },
    types: (entries) => this.types.learn(entries),
    known: () => this.types.known,
    other: (message) => this.assets.hear(message),
    load,
    error: (error) => console.error('Syncline: a message was not understood', error),
  });

  /** The code of views, by its hashes. */
  readonly assets: Assets = new Assets(this.link);
  /** What the types are that are not built in. */
  readonly types: Types = new Types(this.assets);
  /** What becomes of pending edits when the document was rebuilt, or has forgotten this page (SPEC 5.6). */
  policy: Policy = 'replay';

  /** What is said where it is shown to be looked at only; null is what is always said. */
  note: string | null = null;

  private readonly changes = new Changes();
  // What the application is told when a step is complete, after its changes.
  private after: (() => void)[] = [];
  private readonly events = new Emitter<unknown>();
  private readonly known = new Map<string, Model>();
  private resolved = new WeakMap<object, unknown>();
  private made = 0;
  private depth = 0;
  private counted = 0;
  // What another page had kept, until this one is live.
  private adopted: Json = null;
  private transacting: Transaction | null = null;
  private readonly undecided = new Set<Transaction>();

  /** Whether a first state has arrived. */
  get loaded(): boolean {
    return this.replica.epoch !== null;
  }

  /** The state of the connection. */
  get status(): Status {
    return this.link.status;
  }

  /** How many edits are not acknowledged yet. */
  get pending(): number {
    return this.replica.pending;
  }

  /** The document's title. */
  get title(): string {
    return this.replica.state.title;
  }

  set title(v: string) {
    this.edit({ op: 'title', v });
  }

  /** The root models, in order. */
  get roots(): Model[] {
    return this.replica.state.roots.flatMap((id) => this.model(id) ?? []);
  }

  /** The model of an id; always the same object while it lives. */
  model(id: string): Model | undefined {
    const entry = this.replica.state.models.get(id);
    if (!entry) return undefined;
    const known = this.known.get(id);
    if (known) return known;
    const model = new Model(this, id, entry.type);
    this.known.set(id, model);
    return model;
  }

  /** Every model of the document. */
  get models(): Model[] {
    return Array.from(this.replica.state.models.keys(), (id) => this.model(id) as Model);
  }

  /** Make a model; it stays as long as something of the document refers to it. */
  add(type: string, props: Record<string, unknown> = {}): Model {
    const id = this.name();
    this.edit({ op: 'add', m: id, type, props: this.intern(props) as Record<string, Value> });
    return this.model(id) as Model;
  }

  /** Make a columnar source of arrays and lists; it is a value, to be set as a property. */
  async columns(table: Table): Promise<Columns> {
    await load();
    return new (late.get().Source)(this.name(), 0, table);
  }

  private name(): string {
    const { client } = this.replica;
    if (!client) throw new Error('this needs a connection: what is made has its id in its name');
    return `${client}-${++this.made}`;
  }

  /** Show a model as a root. */
  addRoot(model: Model): void {
    this.edit({ op: 'root+', m: model.id });
  }

  /** Take a model from the roots. */
  removeRoot(model: Model): void {
    this.edit({ op: 'root-', m: model.id });
  }

  /** Make several edits one: one transaction on the wire, listeners called once at its end. */
  batch<T>(fn: () => T): T {
    return this.step(fn, () => this.link.flush(performance.now()));
  }

  /**
   * Make several edits one transaction, which `done` tells the outcome of; inside another one it joins that.
   *
   * `atomic` and `strict` commit all of it or nothing (SPEC 5.1). When `fn` throws, nothing of it remains.
   */
  transaction(
    fn: () => unknown,
    { mode, label }: { mode?: Mode; label?: string } = {},
  ): Transaction {
    const outer = this.transacting;
    if (outer && (mode ?? 'merge') !== 'merge' && mode !== outer.mode) {
      throw new Error(`a transaction ${outer.mode ?? 'merge'} is open: ${mode} cannot join it`);
    }
    const open = outer ?? new Transaction(mode, label);
    this.undecided.add(open);
    this.batch(() => {
      this.transacting = open;
      try {
        if (fn() instanceof Promise) throw new TypeError('a transaction may not span an await');
      } catch (error) {
        this.replica.rollback(open);
        throw error;
      } finally {
        this.transacting = outer;
      }
    });
    return open;
  }

  /** Make one edit given as an operation; throws `Gone` when its target does not exist. */
  edit(op: Op): void {
    admit(op, this.link.limits);
    if (op.op === 'set' && op.p.length === 1) this.knows(op.m);
    this.batch(() => this.replica.local(op, this.transacting ?? undefined));
  }

  /** A type that is not known is only mirrored here (SPEC 5.9). */
  private knows(m: string): void {
    const type = this.replica.state.models.get(m)?.type ?? '';
    if (this.types.entry(type) === undefined) throw new TypeError(`${type} is not known here yet`);
  }

  /** What another page needs to go on with the edits that are not acknowledged, as JSON; null where none are. */
  keep(): Json {
    if (this.adopted || !this.pending) return this.adopted;
    const kept = this.step(() => keep(this.replica, this.types));
    return kept && { ...kept, session: this.link.session, made: this.made };
  }

  /** Go on with what another page has kept; before the first connection. */
  async adopt(kept: Json): Promise<void> {
    try {
      adopt(this.replica, kept);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await load();
      adopt(this.replica, kept);
    }
    this.made = kept.made;
    this.adopted = kept;
  }

  /** Listen to the state of the connection; returns the remover. */
  onStatus(fn: (status: Status) => void): () => void {
    return this.events.on('status', () => fn(this.status));
  }

  /** Listen to how many edits are not acknowledged; returns the remover. */
  onPending(fn: (pending: number) => void): () => void {
    return this.events.on('pending', () => fn(this.pending));
  }

  /** Listen to the roots: first state, added, removed; returns the remover. */
  onRoots(fn: (roots: Model[]) => void): () => void {
    return this.events.on('roots', () => fn(this.roots));
  }

  /** Listen to the title; returns the remover. */
  onTitle(fn: (title: string) => void): () => void {
    return this.events.on('title', () => fn(this.title));
  }

  /** Listen to models that leave the document; returns the remover. */
  onDrop(fn: (model: Model) => void): () => void {
    return this.events.on('drop', (model) => fn(model as Model));
  }

  /** Listen to edits of this page that were changed, lost or refused; returns the remover. */
  onConflict(fn: (conflict: ConflictEvent) => void): () => void {
    return this.events.on('conflict', (conflict) => fn(conflict as ConflictEvent));
  }

  /** Listen to snapshots that took the place of what was missed; returns the remover. */
  onResynced(fn: (event: Resynced) => void): () => void {
    return this.events.on('resynced', (event) => fn(event as Resynced));
  }

  /** Listen to new incarnations of the document; returns the remover. */
  onEpoch(fn: (event: NewEpoch) => void): () => void {
    return this.events.on('epoch', (event) => fn(event as NewEpoch));
  }

  /** The stored form of a value given by the page: `Model`s become references, containers are copied. */
  intern(value: unknown): Value {
    return clone(value, (leaf) => (leaf instanceof Model ? new Ref(leaf.id) : leaf));
  }

  /** A stored value as the page sees it: references become `Model`s (null when gone). */
  resolve(value: Value | undefined): unknown {
    if (typeof value !== 'object' || value === null || value instanceof NdArray) return value;
    if (value instanceof Ref) return this.model(value.id) ?? null;
    // A set or tuple of Python is an array here (SPEC 2.1).
    if (value instanceof Opaque && /^(set|tuple)$/.test(value.raw.$ as string)) {
      return this.resolve(value.raw.v);
    }
    // Stored containers never change, so what one was resolved to holds until a model leaves.
    const out = this.resolved.get(value) ?? this.resolveContainer(value);
    this.resolved.set(value, out);
    return out;
  }

  private resolveContainer(value: Value & object): unknown {
    if (Array.isArray(value)) {
      const out = value.map((item) => this.resolve(item));
      return out.some((item, i) => item !== value[i]) ? out : value;
    }
    if (!isDict(value)) return value;
    const out: Record<string, unknown> = Object.create(null);
    let same = true;
    for (const key of Object.keys(value)) {
      out[key] = this.resolve(value[key]);
      same &&= out[key] === value[key];
    }
    return same ? value : out;
  }

  /** Called by the replica before each operation that changes the view. */
  applying(op: Op): void {
    this.changes.note(this.replica.state, op);
  }

  /** Called by the replica with each custom message for the page. */
  message({ m, name, data }: MsgOp): void {
    this.after.push(() => this.model(m)?.delivered(name, data));
  }

  /** Called by the replica with each conflict. */
  conflict(conflict: Conflict): void {
    this.after.push(() => {
      const { op } = conflict;
      const local = op && 'v' in op ? this.resolve(op.v as Value) : undefined;
      const event: ConflictEvent = { ...conflict, local, current: this.current(op) };
      (conflict.of as Transaction | undefined)?.conflicts.push(event);
      this.events.emit('conflict', event);
    });
  }

  private current(op: Op | undefined): unknown {
    if (!op || !isAddressed(op)) return undefined;
    try {
      return this.resolve(resolve(this.replica.state, op.m, op.p));
    } catch (error) {
      if (error instanceof Gone) return undefined;
      throw error;
    }
  }

  /** Called by the replica when a snapshot has taken the place of what was missed. */
  resynced(from: number, to: number, lost_messages: number): void {
    this.after.push(() => this.events.emit('resynced', { from, to, lost_messages }));
  }

  /** Called by the replica when pending edits may have lost what they stand on. */
  recover(recovery: Recovery, ops: readonly Op[]): [(Op | null)[], State] {
    const { from, to, doubt } = recovery;
    const { policy } = this;
    // The session that they were made in has ended, and this is another one.
    const foreign = this.adopted && this.adopted.session !== this.link.session;
    const choice = foreign
      ? 'discard'
      : typeof policy === 'string'
        ? policy
        : doubt
          ? policy(recovery, ops.slice(0, doubt))
          : 'replay';
    if (from !== to) this.after.push(() => this.events.emit('epoch', { from, to, choice }));
    return recovered(recovery, ops, choice);
  }

  /** Run what changes the replica; when the outermost step is complete, call its listeners once, then `told`. */
  step<T>(fn: () => T, told: () => void = () => {}): T {
    this.depth++;
    try {
      return fn();
    } finally {
      if (!--this.depth) this.settle(told);
    }
  }

  private settle(told: () => void): void {
    const change = this.changes.take(this.replica.state);
    const after = this.after;
    this.after = [];
    if (change) this.tell(change);
    for (const call of after) call();
    // Before what only watches the connection: an edit does not wait for it.
    try {
      told();
    } finally {
      this.settleEdits();
    }
  }

  /** Tell how many edits are not acknowledged, and what became of those that are. */
  private settleEdits(): void {
    if (this.pending !== this.counted) {
      this.counted = this.pending;
      this.events.emit('pending', this);
    }
    for (const each of [...this.undecided]) {
      if (each === this.transacting || this.replica.awaits(each)) continue;
      this.undecided.delete(each);
      each.settle();
    }
  }

  private tell(change: Change): void {
    const dropped = change.dropped.flatMap((id) => this.known.get(id) ?? []);
    for (const { id } of dropped) this.known.delete(id);
    if (change.added.length || change.dropped.length) this.resolved = new WeakMap();
    for (const { m, name, old } of change.props) this.known.get(m)?.changed(name, old);
    if (change.title) this.events.emit('title', this);
    if (change.roots) this.events.emit('roots', this);
    for (const model of dropped) this.events.emit('drop', model);
  }
}
