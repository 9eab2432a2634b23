import { Emitter } from '../model/emitter';
import type { Model } from '../model/model';

type Listener = (...given: unknown[]) => void;
type Values = { readonly [name: string]: unknown };

/** A model as front-end modules know it: `get set save_changes on off send` (SPEC 5.9). */
export class ModuleModel {
  private readonly listeners = new Emitter<unknown[]>();
  private removers: [name: string, fn: Listener, off: () => void][] = [];
  // What is set and not saved.
  private dirty = new Map<string, unknown>();
  private readonly offs: (() => void)[];

  constructor(private readonly model: Model) {
    this.offs = [
      model.on('*', ({ name }) => this.changed(name)),
      model.onMessage('custom', ({ data }) => this.listeners.emit('msg:custom', [data, []])),
    ];
  }

  /** The value of a property, with what is set and not saved. */
  get(name: string): unknown {
    return this.dirty.has(name) ? this.dirty.get(name) : this.model.get(name);
  }

  /** Set one property or several; others see it with `save_changes`. */
  set(name: string | Values, value?: unknown): void {
    const given = typeof name === 'string' ? { [name]: value } : name;
    for (const key of Object.keys(given)) {
      this.dirty.set(key, given[key]);
      this.tell(key);
    }
  }

  /** Send what is set, as one transaction. */
  save_changes(): void {
    try {
      this.model.document.batch(() => {
        for (const [name, value] of this.dirty) this.model.set(name, value);
      });
    } finally {
      this.dirty = new Map();
    }
  }

  /** Listen to `change`, `change:<name>` or `msg:custom`; several names stand apart by blanks. */
  on(names: string, fn: Listener): void {
    for (const name of names.split(' ')) {
      this.removers.push([name, fn, this.listeners.on(name, (given) => fn(...given))]);
    }
  }

  /** Listen no more: with a function, to names, or with nothing at all. */
  off(names?: string | null, fn?: Listener | null): void {
    const gone = names?.split(' ');
    this.removers = this.removers.filter(([name, known, off]) => {
      const stays = (gone && !gone.includes(name)) || (fn && fn !== known);
      if (!stays) off();
      return stays;
    });
  }

  /** Send a custom message to Python. */
  send(data: unknown, _callbacks?: unknown, buffers: readonly unknown[] = []): void {
    if (buffers.length) throw new TypeError('arrays and buffers stand inside the data here');
    this.model.send('custom', data);
  }

  /** The model has left the document. */
  dispose(): void {
    this.off();
    for (const off of this.offs) off();
  }

  private changed(name: string): void {
    // What is being saved was told when it was set.
    if (!this.dirty.has(name)) this.tell(name);
  }

  private tell(name: string): void {
    this.listeners.emit(`change:${name}`, [this, this.get(name)]);
    this.listeners.emit('change', [this]);
  }
}
