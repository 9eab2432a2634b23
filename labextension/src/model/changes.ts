import type { Op } from '../core/ops';
import type { PlainModel, State } from '../core/state';
import { Columns, equal, NdArray, type Value } from '../core/values';

/** What one step changed in the view. */
export interface Change {
  readonly props: { readonly m: string; readonly name: string; readonly old: Value | undefined }[];
  readonly added: string[];
  readonly dropped: string[];
  readonly roots: boolean;
  readonly title: boolean;
}

/** Remembers what stood at each place before a step, and tells at its end what is different. */
export class Changes {
  // The models that were touched; undefined for one that was not there.
  private readonly models = new Map<string, PlainModel | undefined>();
  private title = '';
  private roots: readonly string[] = [];

  /** Remember the models of an operation that is about to run. */
  note({ models }: State, op: Op): void {
    for (const m of op.op === 'drop' ? op.ms : 'm' in op ? [op.m] : []) {
      if (!this.models.has(m)) this.models.set(m, models.get(m));
    }
  }

  /** Everything that is different now, or null; then forget. */
  take({ models, roots, title }: State): Change | null {
    const props: Change['props'] = [];
    const added: string[] = [];
    const dropped: string[] = [];
    for (const [m, before] of this.models) {
      const now = models.get(m);
      if (before && before.type === now?.type) {
        for (const name of Object.keys({ ...before.props, ...now.props })) {
          const old = before.props[name];
          if (differ(old, now.props[name])) props.push({ m, name, old });
        }
        continue;
      }
      if (before) dropped.push(m);
      if (now) added.push(m);
    }
    const change = {
      props,
      added,
      dropped,
      roots: roots !== this.roots && `${roots}` !== `${this.roots}`,
      title: title !== this.title,
    };
    this.models.clear();
    this.roots = roots;
    this.title = title;
    const any = props.length || added.length || dropped.length || change.roots || change.title;
    return any ? change : null;
  }
}

// Larger arrays are not compared: what took their place counts as different.
const SMALL = 4096;

function differ(old: Value | undefined, now: Value | undefined): boolean {
  if (now instanceof Columns) return old !== now;
  if (now instanceof NdArray && now.data.length > SMALL) return old !== now;
  return !equal(old, now);
}
