import type { Value } from '../core/values';
import type { Document } from './document';
import { Emitter } from './emitter';

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
  private readonly changes = new Emitter<ModelEvent>();
  private readonly messages = new Emitter<MessageEvent>();

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

  /** Send a custom message such as `click` to Python, ordered with the edits around it. */
  send(name: string, data: unknown = null): void {
    this.document.edit({ op: 'msg', m: this.id, name, data: this.document.intern(data) });
  }

  /** Listen to one property, or to all with `*`; returns the remover. */
  on(name: string, listener: (event: ModelEvent) => void): () => void {
    return this.changes.on(name, listener);
  }

  /** Listen to custom messages from Python, or to all with `*`; returns the remover. */
  onMessage(name: string, listener: (event: MessageEvent) => void): () => void {
    return this.messages.on(name, listener);
  }

  /** Tell the listeners of a property; called by the document. */
  changed(name: string, old: Value | undefined): void {
    if (!this.changes.wants(name)) return;
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
    this.messages.emit(name, { model: this, name, data: this.document.resolve(data) });
  }
}
