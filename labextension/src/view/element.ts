import type { Model } from '../model/model';
import type { ElementFacts } from './facts';
import { fillOptions } from './options';
import { Reading } from './reading';
import { same } from './same';
import { type Dispose, mark, type View } from './view';

type AnyElement = HTMLElement & Record<string, unknown> & { updateComplete?: Promise<unknown> };

/** One custom element bound to one model: properties down, the user's edits and events up. */
class Binding {
  readonly element: AnyElement;
  private readonly offs: Dispose[] = [];
  private readonly abort = new AbortController();
  private readonly late: ReadonlySet<string>;
  private readonly dirty = new Set<string>();
  // What the user is editing: what was sent in this frame, and what is held until its end.
  private readonly sent = new Set<string>();
  private readonly live = new Set<string>();
  private readonly reading: Reading | undefined;
  private frame = 0;
  private settled = false;

  constructor(
    readonly model: Model,
    readonly facts: ElementFacts,
  ) {
    this.element = Object.assign(document.createElement(facts.tag), facts.fixed) as AnyElement;
    this.late = new Set(facts.late);
    mark(this.element, model);
    // Some elements look at their properties only in their first render: set before inserting.
    this.apply(this.names().filter((name) => !this.late.has(name)));
    if (facts.reading) this.reading = new Reading(this.element, model, facts.reading);
    this.offs.push(model.on('*', ({ name }) => this.changed(name)));
    // Whether this page may edit is known with the connection.
    if ('disabled' in facts.props) {
      this.offs.push(model.document.onStatus(() => this.apply(['disabled'])));
    }
    this.listen();
    void this.settle();
  }

  dispose(): void {
    for (const off of this.offs) off();
    this.abort.abort();
    cancelAnimationFrame(this.frame);
    this.element.remove();
  }

  /** Our properties, those the user edits last: a slider's value depends on its limits. */
  private names(): string[] {
    const { props, text, options, sync = {} } = this.facts;
    const own = [text, options].filter((name) => name !== undefined);
    const plain = Object.keys(props).filter((name) => !(name in sync));
    return [...own, ...plain, ...Object.keys(sync)];
  }

  private async settle(): Promise<void> {
    if (this.late.size) await this.element.updateComplete;
    if (this.abort.signal.aborted) return;
    this.settled = true;
    this.apply([...this.late]);
  }

  /** Gather the changes of one transaction, then set them in the order of `names`. */
  private changed(name: string): void {
    if (this.dirty.size === 0) queueMicrotask(() => this.flush());
    this.dirty.add(name);
  }

  private flush(): void {
    const { sync = {} } = this.facts;
    const names = this.names().filter((name) => this.dirty.has(name) || name in sync);
    this.dirty.clear();
    if (this.abort.signal.aborted) return;
    this.apply(names);
    this.reading?.update();
  }

  private apply(names: readonly string[]): void {
    const { text, options } = this.facts;
    for (const name of names) {
      if (name === text) this.element.textContent = String(this.model.get(name) ?? '');
      else if (name === options) this.applyOptions(name);
      else if (!this.live.has(name) && (this.settled || !this.late.has(name))) this.put(name);
    }
  }

  private applyOptions(name: string): void {
    if (!fillOptions(this.element, this.model.get(name)) || !this.settled) return;
    // A chosen value is looked up among the options, so it is set again once they are there.
    this.settled = false;
    void this.settle();
  }

  private put(name: string): void {
    const value = this.wanted(name);
    if (value === undefined || same(this.read(name), value)) return;
    const target = this.facts.props[name] ?? name;
    const { blank = {} } = this.facts;
    Reflect.set(this.element, target, value === null && name in blank ? '' : value);
  }

  /** What the model holds; where nothing may be edited every element is disabled. */
  private wanted(name: string): unknown {
    const { model } = this;
    return (name === 'disabled' && model.document.link.readOnly) || model.get(name);
  }

  private read(name: string): unknown {
    const { blank = {} } = this.facts;
    const value = this.element[this.facts.props[name] ?? name];
    return name in blank && (value ?? '') === '' ? blank[name] : value;
  }

  private listen(): void {
    const { sync = {}, events = [] } = this.facts;
    for (const [name, sources] of Object.entries(sync)) {
      for (const source of sources) this.hear(source, () => this.edited(name, source !== 'input'));
    }
    for (const event of events) this.hear(event, () => this.model.send(event));
  }

  private hear(event: string, heard: () => void): void {
    // Events of nested elements bubble and are composed; they are not this one's.
    const own = (e: Event) => {
      if (e.target === this.element) heard();
    };
    this.element.addEventListener(event, own, { signal: this.abort.signal });
  }

  /** While editing the first set of a frame goes at once, the last at its end; so does a commit. */
  private edited(name: string, commit: boolean): void {
    if (!commit && this.sent.has(name)) {
      this.live.add(name);
      this.reading?.update();
      return;
    }
    this.live.delete(name);
    this.pull(name);
    this.reading?.update();
    if (commit) return;
    this.sent.add(name);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.sent.clear();
      for (const waiting of this.live) this.pull(waiting);
      this.live.clear();
    });
  }

  /** Send what the element holds: its state, not the event's name, is the truth. */
  private pull(name: string): void {
    const value = this.read(name);
    if (!same(value, this.model.get(name))) this.model.set(name, value);
  }
}

/** Show a model as a custom element whose code is loaded. */
export function showElement(model: Model, facts: ElementFacts): View {
  const binding = new Binding(model, facts);
  return { node: binding.element, dispose: () => binding.dispose() };
}
