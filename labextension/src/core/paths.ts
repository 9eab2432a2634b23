import { isDict, mapDict } from './dicts';
import { Gone } from './errors';
import type { Path, Step } from './ops';
import type { PlainModel, State } from './state';
import type { Dict, Value } from './values';

/** Whether a path begins with, or equals, another. */
export function starts(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === path[i]);
}

/** The model of an id; throws `Gone`. */
export function modelOf(state: State, m: string): PlainModel {
  const model = state.models.get(m);
  if (!model) throw new Gone('model-gone');
  return model;
}

/** The value at a step, undefined where a dict has no such key; throws `Gone` where no such step can be. */
function child(box: Value, step: Step | undefined): Value | undefined {
  const fits = Array.isArray(box)
    ? typeof step === 'number' && step in box
    : typeof step === 'string' && isDict(box);
  if (!fits) throw new Gone();
  return (box as Dict)[step as string];
}

function present(box: Value, step: Step | undefined): Value {
  const v = child(box, step);
  if (v === undefined) throw new Gone();
  return v;
}

/** The value at a path; throws `Gone` where it does not resolve. */
export function resolve(state: State, m: string, path: Path): Value {
  return path.reduce(present, modelOf(state, m).props as Value);
}

/** Put a value at a path, or undefined to leave nothing there; returns what was there. Containers are copied. */
export function write(
  state: State,
  m: string,
  path: Path,
  v: Value | undefined,
): Value | undefined {
  const model = modelOf(state, m);
  let old: Value | undefined;
  const put = (box: Value, [step, ...rest]: Path): Value => {
    const inner = rest.length ? put(present(box, step), rest) : v;
    old = rest.length ? old : child(box, step);
    const out = (Array.isArray(box) ? [...box] : mapDict(box as Dict, (item) => item)) as Dict;
    if (inner === undefined) delete out[step as string];
    else out[step as string] = inner;
    return out;
  };
  state.models.set(m, { ...model, props: put(model.props, path) as Dict });
  return old;
}
