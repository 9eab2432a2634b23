import { isAddressed, type Op } from '../core/ops';
import type { State } from '../core/state';
import { equal, type Value } from '../core/values';

/** What one step changed in the view. */
export interface Change {
  readonly props: { readonly m: string; readonly name: string; readonly old: Value | undefined }[];
  readonly added: string[];
  readonly dropped: string[];
  roots: boolean;
  title: boolean;
}

const ROOTS = '\0roots';
const TITLE = '\0title';

/** The place an operation touches: a property, a model, the roots or the title; empty for none. */
export function spot(op: Op): string {
  if (isAddressed(op)) return `${op.m}\0${op.p[0]}`;
  if (op.op === 'add') return op.m;
  if (op.op === 'title') return TITLE;
  return op.op === 'msg' || op.op === 'drop' ? '' : ROOTS;
}

/** Remembers what stood at each place before a step, and tells at its end what is different. */
export class Changes {
  // Models are kept as whether they existed, everything else as its value.
  private readonly before = new Map<string, unknown>();

  /** Remember the places of an operation that is about to run. */
  note(state: State, op: Op): void {
    if (op.op === 'add' || op.op === 'drop') {
      for (const m of op.op === 'add' ? [op.m] : op.ms) this.noteModel(state, m);
    } else if (isAddressed(op))
      this.keep(spot(op), state.models.get(op.m)?.props[op.p[0] as string]);
    else if (op.op === 'title') this.keep(TITLE, state.title);
    else if (op.op !== 'msg') this.keep(ROOTS, state.roots);
  }

  private noteModel(state: State, m: string): void {
    const props = state.models.get(m)?.props;
    this.keep(m, props !== undefined);
    // A model that leaves may come back within the step with other values.
    for (const name in props) this.keep(`${m}\0${name}`, props[name]);
  }

  private keep(place: string, v: unknown): void {
    if (!this.before.has(place)) this.before.set(place, v);
  }

  /** Everything that is different now, or null; then forget. */
  take({ models, roots, title }: State): Change | null {
    const change: Change = { props: [], added: [], dropped: [], roots: false, title: false };
    let any = false;
    for (const [place, old] of this.before) {
      const cut = place.indexOf('\0');
      const m = cut < 0 ? place : place.slice(0, cut);
      const model = models.get(m);
      const was = old as Value | undefined;
      if (cut < 0) {
        if (old === !!model) continue;
        (model ? change.added : change.dropped).push(m);
      } else if (cut === 0) {
        const now = place === TITLE ? title : [...roots];
        if (equal(was, now)) continue;
        change[place.slice(1) as 'roots' | 'title'] = true;
      } else {
        const name = place.slice(cut + 1);
        if (!model || this.before.get(m) === false || equal(was, model.props[name])) continue;
        change.props.push({ m, name, old: was });
      }
      any = true;
    }
    this.before.clear();
    return any ? change : null;
  }
}
