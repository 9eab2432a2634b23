import { isDict } from '../core/dicts';
import type { MsgOp, Op } from '../core/ops';
import { NdArray, Ref, type Value } from '../core/values';
import { Link, type Status } from '../sync/link';
import { type Conflict, Replica, type View } from '../sync/replica';
import { type Change, Changes } from './changes';
import { clone } from './clone';
import { Emitter } from './emitter';
import { Model } from './model';

/** A live document: its models, its roots and the state of its connection. */
export class Document implements View {
  readonly replica: Replica = new Replica(this);
  readonly link: Link = new Link(this.replica, {
    status: () => this.events.emit('status', this),
    error: (error) => console.error('Syncline: a message was not understood', error),
  });

  private readonly changes = new Changes();
  // What the application is told when a step is complete, after its changes.
  private after: (() => void)[] = [];
  private readonly events = new Emitter<unknown>();
  private readonly known = new Map<string, Model>();
  private resolved = new WeakMap<object, unknown>();
  private made = 0;
  private depth = 0;

  /** Whether a first state has arrived. */
  get loaded(): boolean {
    return this.replica.epoch !== null;
  }

  /** The state of the connection. */
  get status(): Status {
    return this.link.status;
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
    const model = this.known.get(id) ?? new Model(this, id, entry.type);
    this.known.set(id, model);
    return model;
  }

  /** Every model of the document. */
  get models(): Model[] {
    return [...this.replica.state.models.keys()].flatMap((id) => this.model(id) ?? []);
  }

  /** Make a model; it stays as long as something of the document refers to it. */
  add(type: string, props: Record<string, unknown> = {}): Model {
    if (!this.replica.client) throw new Error('a model needs a connection: the id begins with it');
    const id = `${this.replica.client}-${++this.made}`;
    this.edit({ op: 'add', m: id, type, props: this.intern(props) as Record<string, Value> });
    return this.model(id) as Model;
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
    try {
      return this.step(fn);
    } finally {
      if (!this.depth) this.link.flush(performance.now());
    }
  }

  /** Make one edit given as an operation; throws `Gone` when its target does not exist. */
  edit(op: Op): void {
    this.batch(() => this.replica.local(op));
  }

  /** Listen to the state of the connection; returns the remover. */
  onStatus(fn: (status: Status) => void): () => void {
    return this.events.on('status', () => fn(this.status));
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
  onConflict(fn: (conflict: Conflict) => void): () => void {
    return this.events.on('conflict', (conflict) => fn(conflict as Conflict));
  }

  /** The stored form of a value given by the page: `Model`s become references, containers are copied. */
  intern(value: unknown): Value {
    return clone(value, (leaf) => (leaf instanceof Model ? new Ref(leaf.id) : leaf));
  }

  /** A stored value as the page sees it: references become `Model`s (null when gone). */
  resolve(value: Value | undefined): unknown {
    if (typeof value !== 'object' || value === null || value instanceof NdArray) return value;
    if (value instanceof Ref) return this.model(value.id) ?? null;
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
    this.after.push(() => this.events.emit('conflict', conflict));
  }

  /** Run what changes the replica; its listeners are called once, when the outermost step is complete. */
  step<T>(fn: () => T): T {
    this.depth++;
    try {
      return fn();
    } finally {
      if (!--this.depth) this.settle();
    }
  }

  private settle(): void {
    const change = this.changes.take(this.replica.state);
    const after = this.after;
    this.after = [];
    if (change) this.tell(change);
    for (const call of after) call();
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
