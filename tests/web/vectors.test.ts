/// <reference types="node" />
// What both languages must agree on, case by case.
import '../../labextension/src/sync/second';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apply } from '../../labextension/src/core/apply';
import { diff } from '../../labextension/src/core/diff';
import { Gone } from '../../labextension/src/core/errors';
import { fromWire, type Op, toWire } from '../../labextension/src/core/ops';
import { fromSnapshot } from '../../labextension/src/core/state';
import { transform } from '../../labextension/src/core/transform';
import { decode, encode, equal, type Json } from '../../labextension/src/core/values';
import { canonical, Names } from '../../labextension/src/lab/canonical';
import { StaticModel, staticHtml, staticText } from '../../labextension/src/lab/static';
import { clone } from '../../labextension/src/model/clone';
import { unpack } from '../../labextension/src/sync/frames';
import { shown } from './core/builders';

// A dict is written as pairs where a key of it would be taken for a tag; their order says nothing.
const byText = (a: Json, b: Json) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const unordered = (_: string, v: Json): Json =>
  v?.$ === 'map' ? { ...v, v: [...v.v].sort(byText) } : v;
const plain = (v: Json): Json => JSON.parse(JSON.stringify(v), unordered);
const parsed = (v: Json): Json => JSON.parse(JSON.stringify(v));
const ops = (raw: Json[]): Op[] => raw.map((op) => fromWire(op, []));
const wire = (list: Op[]): Json[] => plain(list.map((op) => toWire(op, null)));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const CHECKS: Record<string, (each: Json) => void> = {
  values({ json, error }) {
    if (error) expect(() => decode(json, [])).toThrow();
    else {
      const v = decode(json, []);
      const again = decode(plain(encode(v, null)), []);
      expect(equal(v, again)).toBe(true);
      expect(equal(v, clone(v))).toBe(true);
      // A zero with a sign is written with a tag.
      if (!Object.is(json, -0)) expect(plain(encode(v, null))).toEqual(plain(json));
    }
  },
  apply({ doc, op, after, gone, error }) {
    const state = fromSnapshot(doc, []);
    if (error) expect(() => apply(state, fromWire(op, []))).toThrow();
    else if (gone) expect(() => apply(state, fromWire(op, []))).toThrow(new Gone(gone));
    else {
      const undo = apply(state, fromWire(op, []));
      expect(plain(shown(state))).toEqual(plain(after));
      for (const inverse of undo) apply(state, inverse);
    }
    expect(plain(shown(state))).toEqual(plain(doc));
  },
  invert({ doc, ops: list, after }) {
    const state = fromSnapshot(doc, []);
    const undo = ops(list).flatMap((op) => [apply(state, op)]);
    expect(plain(shown(state))).toEqual(plain(after));
    for (const inverse of undo.reverse().flat()) apply(state, inverse);
    expect(plain(shown(state))).toEqual(plain(doc));
  },
  squash({ doc, ops: list, squashed }) {
    const [one, other] = [list, squashed].map((each: Json[]) => {
      const state = fromSnapshot(doc, []);
      for (const op of ops(each)) apply(state, op);
      return plain(shown(state));
    });
    expect(one).toEqual(other);
  },
  transform({ earlier, later, result }) {
    expect(transform(ops(earlier), ops(later)).map(wire)).toEqual(plain(result));
  },
  diff({ old, new: now, ops: wanted }) {
    const state = fromSnapshot(old, []);
    const target = fromSnapshot(now, []);
    const found = diff(state, target);
    // Here it leaves out what no pending edit is changed by.
    const models = plain(wanted).filter(({ op }: Json) => !/^(title|root[+-])$/.test(op));
    expect(wire(found)).toEqual(models);
    for (const op of found) apply(state, op);
    expect(plain(shown({ ...target, models: state.models }))).toEqual(plain(now));
  },
  static({ json, canonical: wanted, title, roots, models, kept, html, text }) {
    if (!models) {
      expect(parsed(canonical(encode(decode(json, []), null)))).toEqual(wanted);
      return;
    }
    if (kept) {
      const names = new Names(roots);
      const found: Json = {};
      for (const id of names.ids) {
        if (!Object.hasOwn(models, id)) continue;
        const { type, props } = models[id];
        const encoded = encode(decode(props, []), null);
        found[names.of(id)] = { type, props: names.given(canonical(encoded)) };
      }
      expect(parsed({ roots: names.roots, models: found })).toEqual(kept);
      return;
    }
    const find = (id: string) => {
      const found = Object.hasOwn(models, id) ? models[id] : undefined;
      if (!found) return undefined;
      const { type, props } = found;
      return new StaticModel(type, type.split('#')[0], props, []);
    };
    expect(staticHtml(title, roots, find)).toBe(html);
    expect(staticText(title, roots, find)).toBe(text);
  },
  frames({ frame, body, buffers, error }) {
    const bytes = Uint8Array.from(Buffer.from(frame, 'base64'));
    if (error) expect(() => unpack(bytes)).toThrow();
    else {
      const message = unpack(bytes);
      expect(message.header).toEqual(body.header);
      expect(message.content).toEqual(body.content);
      expect(message.buffers.map(base64)).toEqual(buffers);
    }
  },
};

// A folder of random cases: scripts/generate_vectors.py writes them, `make test-web` names it.
const FOLDERS = ['tests/vectors', process.env.SYNCLINE_VECTORS ?? []].flat();

for (const [name, check, folder] of FOLDERS.flatMap((folder) =>
  Object.entries(CHECKS).map(([name, check]) => [name, check, folder] as const),
)) {
  test(`every case of ${folder}/${name}.json`, () => {
    const { cases } = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
    const failed = cases.flatMap((each: Json) => {
      try {
        check(each);
        return [];
      } catch (error) {
        return [`${error}: ${JSON.stringify(each)}`];
      }
    });
    expect(cases.length).toBeGreaterThan(0);
    expect(failed.slice(0, 3)).toEqual([]);
  });
}
