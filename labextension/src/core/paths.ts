import { Gone } from './errors';
import type { Path, Step } from './ops';
import type { State } from './state';
import { type Dict, isDict, type Value } from './values';

/** What `write` takes and returns for "not there". */
export const ABSENT: unique symbol = Symbol('absent');

/** Whether a path begins with, or equals, another. */
export function starts(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === path[i]);
}

/** The property values of a model; throws `Gone`. */
export function propsOf(state: State, m: string): Dict {
  const model = state.models.get(m);
  if (!model) throw new Gone('model-gone');
  return model.props;
}

/** The value at a step, or `ABSENT` where a dict has no such key; throws `Gone` where no such step can be. */
function child(box: Value, step: Step): Value | typeof ABSENT {
  if (typeof step === 'number') {
    if (Array.isArray(box) && step >= 0 && step < box.length) return box[step] as Value;
  } else if (box instanceof Map) {
    return box.has(step) ? (box.get(step) as Value) : ABSENT;
  } else if (isDict(box)) {
    return Object.hasOwn(box, step) ? (box[step] as Value) : ABSENT;
  }
  throw new Gone('target-gone');
}

function present(box: Value, step: Step): Value {
  const v = child(box, step);
  if (v === ABSENT) throw new Gone('target-gone');
  return v;
}

/** The value at a path; throws `Gone` where it does not resolve. */
export function resolve(state: State, m: string, path: Path): Value {
  return path.reduce(present, propsOf(state, m) as Value);
}

/** Put a value at a path, or remove a key; returns the old value. Containers on the way are copied. */
export function write(
  state: State,
  m: string,
  path: Path,
  v: Value | typeof ABSENT,
): Value | typeof ABSENT {
  const boxes: Value[] = [propsOf(state, m)];
  const last = path.length - 1;
  for (let i = 0; i < last; i++) boxes.push(present(boxes[i] as Value, path[i] as Step));
  const old = child(boxes[last] as Value, path[last] as Step);
  if (v === ABSENT && typeof path[last] === 'number') throw new Gone('target-gone');
  // From here on nothing throws. The props themselves are the only container changed in place.
  let next = v;
  for (let i = last; i >= 0; i--) next = put(boxes[i] as Value, path[i] as Step, next, i > 0);
  return old;
}

function put(box: Value, step: Step, v: Value | typeof ABSENT, copied: boolean): Value {
  if (box instanceof Map) {
    const out = new Map(box);
    if (v === ABSENT) out.delete(step);
    else out.set(step, v);
    return out;
  }
  const empty = Array.isArray(box) ? [] : Object.create(null);
  const out = copied ? Object.assign(empty, box) : box;
  if (v === ABSENT) delete out[step];
  else out[step] = v;
  return out;
}
