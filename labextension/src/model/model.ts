import { height } from '../core/arrays';
import { mapDict } from '../core/dicts';
import type { Span } from '../core/ops';
import { Columns, type Value } from '../core/values';
import type { Document } from './document';
import { Emitter } from './emitter';
import { rowsLike } from './rows';
import type { TypeEntry } from './types';

/** What a property listener is told. */
export interface ModelEvent {
  readonly model: Model;
  readonly name: string;
  readonly value: unknown;
  readonly old: unknown;
}

/** What a listener of custom messages is told. */
export interface MessageEvent {
  readonly model: Model;
  readonly name: string;
  readonly data: unknown;
}

/** One model of a document, as the page sees it: committed values with the page's own edits on top. */
export class Model {
  // Most models of a large document are listened to by nobody.
  private changes?: Emitter<ModelEvent>;
  private messages?: Emitter<MessageEvent>;

  constructor(
    readonly document: Document,
    readonly id: string,
    /** The wire type, such as `ui/Slider@1`. */
    readonly type: string,
  ) {}

  /** False once the model has left the document. */
  get alive(): boolean {
    return this.document.replica.state.models.has(this.id);
  }

  /** What the type is: null when it is built in, undefined while that is not known. */
  get entry(): TypeEntry | null | undefined {
    return this.document.types.entry(this.type);
  }

  /** The built-in type it is shown as; its own type where it is none. */
  get look(): string {
    const view = this.entry?.view;
    return typeof view === 'string' ? view : this.type;
  }

  /** Names of the properties the model has now. */
  get names(): string[] {
    return Object.keys(this.document.replica.state.models.get(this.id)?.props ?? {});
  }

  /** The value of a property; references, also nested ones, come as `Model`s. Never change it in place. */
  get(name: string): unknown {
    return this.document.resolve(this.raw(name));
  }

  /** The value of a property as it is stored, with `Ref`s; undefined when there is no such property. */
  raw(name: string): Value | undefined {
    return this.document.replica.state.models.get(this.id)?.props[name];
  }

  /** Assign a property, at once in the page and later in Python; what is there already is no edit. */
  set(name: string, value: unknown): void {
    if (this.alive && value === this.raw(name)) return;
    this.document.edit({ op: 'set', m: this.id, p: [name], v: this.document.intern(value) });
  }

  /** Append rows to a source, a value for each of its columns; then keep at most `roll` of all rows. */
  stream(
    name: string,
    rows: { readonly [column: string]: ArrayLike<unknown> },
    roll?: number,
  ): void {
    const { gen, end: at, cols } = this.source(name);
    const table = mapDict(cols, (column, key) => rowsLike(column, rows[key] ?? []));
    const op = {
      op: 'stream',
      m: this.id,
      p: [name],
      gen,
      at,
      n: height(table),
      cols: table,
    } as const;
    this.document.edit(roll === undefined ? op : { ...op, roll });
  }

  /** Overwrite rows of a column of a source, from row number `at` or those of `[start, stop, step]`. */
  write(name: string, col: string, at: number | Span, rows: ArrayLike<unknown>): void {
    const { gen, cols } = this.source(name);
    const v = rowsLike(cols[col], rows);
    this.document.edit({ op: 'write', m: this.id, p: [name], gen, col, at, v });
  }

  private source(name: string): Columns {
    const source = this.raw(name);
    if (source instanceof Columns) return source;
    throw new TypeError(`${name} of ${this.type} is no columnar source`);
  }

  /**
   * Send a custom message such as `click` to Python, ordered with the edits around it.
   *
   * A volatile one may get lost, and is only sent while the connection is live (SPEC 5.8).
   */
  send(name: string, data: unknown = null, { volatile = false } = {}): void {
    const op = { op: 'msg', m: this.id, name, data: this.document.intern(data) } as const;
    if (volatile) this.document.link.volatile(op, performance.now());
    else this.document.edit(op);
  }

  /** Listen to one property, or to all with `*`; returns the remover. */
  on(name: string, listener: (event: ModelEvent) => void): () => void {
    this.changes ??= new Emitter();
    return this.changes.on(name, listener);
  }

  /** Listen to custom messages from Python, or to all with `*`; returns the remover. */
  onMessage(name: string, listener: (event: MessageEvent) => void): () => void {
    this.messages ??= new Emitter();
    return this.messages.on(name, listener);
  }

  /** Tell the listeners of a property; called by the document. */
  changed(name: string, old: Value | undefined): void {
    if (!this.changes?.wants(name)) return;
    const { document } = this;
    this.changes.emit(name, {
      model: this,
      name,
      value: this.get(name),
      old: document.resolve(old),
    });
  }

  /** Tell the listeners of a custom message; called by the document. */
  delivered(name: string, data: Value): void {
    this.messages?.emit(name, { model: this, name, data: this.document.resolve(data) });
  }
}
