import { expect, test, vi } from 'vitest';
import { Gone } from '../../../labextension/src/core/errors';
import { type Columns, type Json, NdArray, Ref } from '../../../labextension/src/core/values';
import { Document, type Model } from '../../../labextension/src/model';
import { type Frame, pack, unpack } from '../../../labextension/src/sync/frames';
import type { Message } from '../../../labextension/src/sync/messages';
import { MemoryTransport } from '../../../labextension/src/transports/memory';
import '../../../labextension/src/sync/second';

const ref = (id: string): Json => ({ $: 'ref', id });
const MODELS = {
  col: { type: 'ui/Column@1', props: { children: [ref('s1'), ref('s2')], gap: 's' } },
  s1: { type: 'ui/Slider@1', props: { value: 1, look: { x: [1] } } },
  s2: { type: 'ui/Slider@1', props: { value: 2, buddy: ref('s1') } },
};

const children = (model: Model | undefined): unknown[] => model?.get('children') as unknown[];

/** A live document and what it has sent. */
function live() {
  const document = new Document();
  const sent: Message[] = [];
  const transport = new MemoryTransport(document.link, {
    receive: (frame: Frame) => sent.push(unpack(frame)),
  });
  const say = (msgtype: string, header: Json, content: Json) =>
    transport.receive(pack({ msgid: 's', msgtype, epoch: 'E', ...header }, content));
  const statuses: string[] = [];
  document.onStatus((status) => statuses.push(status));
  transport.open();
  say(
    'ACK',
    { client: 'c1', rev: 0 },
    { protocol: { version: 1, min: 1 }, resume_key: 'k', ping: 20 },
  );
  const start = () => {
    const reqid = sent.at(-1)?.header.msgid;
    const doc = { title: 'T', roots: ['col'], models: MODELS };
    say('PULL-DOC-REPLY', { reqid, client: 'c1', rev: 1 }, { kind: 'snapshot', doc });
    sent.length = 0;
  };
  let rev = 1;
  const patch = (...ops: Json[]) => {
    say('PATCH-DOC', { since: rev, rev: rev + 1 }, { txs: [{ rev: rev + 1, by: 'py', ops }] });
    rev++;
  };
  return { document, sent, say, start, patch, statuses, transport };
}

test('the first state brings roots, title and status', () => {
  const { document, start, statuses } = live();
  const seen: unknown[] = [];
  document.onRoots((roots) => seen.push(roots.map((m) => m.id)));
  document.onTitle((title) => seen.push(title));
  expect(document.loaded).toBe(false);
  start();
  expect(document.loaded).toBe(true);
  expect(seen).toEqual(['T', ['col']]);
  expect(statuses).toEqual(['connecting', 'catching-up', 'live']);
  expect(document.models.map((m) => m.type)).toEqual(['ui/Column@1', 'ui/Slider@1', 'ui/Slider@1']);
});

test('a model is one object, and references resolve to it', () => {
  const { document, start } = live();
  start();
  const s1 = document.model('s1');
  const col = document.roots[0];
  expect(children(col)[0]).toBe(s1);
  expect(col?.get('children')).toBe(col?.get('children'));
  expect(document.model('s2')?.get('buddy')).toBe(s1);
  expect(document.model('s2')?.raw('buddy')).toEqual(new Ref('s1'));
  expect(document.model('nobody')).toBeUndefined();
  expect(s1?.get('look')).toBe(s1?.raw('look'));
  expect(s1?.names).toEqual(['value', 'look']);
});

test('listeners hear their property with its old value, and `*` hears all', () => {
  const { document, start, patch } = live();
  start();
  const s1 = document.model('s1');
  const heard: unknown[] = [];
  const off = s1?.on('value', ({ name, value, old }) => heard.push([name, value, old]));
  s1?.on('*', ({ name }) => heard.push(name));
  patch({ op: 'set', m: 's1', p: ['value'], v: 5 });
  s1?.set('value', 6);
  off?.();
  patch({ op: 'set', m: 's1', p: ['look', 'x', 0], v: 2 });
  expect(heard).toEqual([['value', 5, 1], 'value', ['value', 6, 5], 'value', 'look']);
});

test('setting what is there already sends nothing', () => {
  const { document, start, sent } = live();
  start();
  document.model('s1')?.set('value', 1);
  expect(sent).toEqual([]);
});

test('models travel as references', () => {
  const { document, start, sent } = live();
  start();
  document.model('s1')?.set('friends', [document.model('s2'), { deep: document.model('s1') }]);
  expect(sent[0]?.content.ops[0].v).toEqual([ref('s2'), { deep: ref('s1') }]);
  expect(document.model('s1')?.get('friends')).toEqual([
    document.model('s2'),
    Object.assign(Object.create(null), { deep: document.model('s1') }),
  ]);
});

test('a batch is one transaction and one call of each listener', () => {
  const { document, start, sent } = live();
  start();
  const s1 = document.model('s1');
  const heard: unknown[] = [];
  s1?.on('*', ({ name, value }) => heard.push([name, value]));
  const result = document.batch(() => {
    s1?.set('value', 7);
    s1?.set('value', 8);
    s1?.set('label', 'L');
    expect(heard).toEqual([]);
    return 'done';
  });
  expect(result).toBe('done');
  expect(heard).toEqual([
    ['value', 8],
    ['label', 'L'],
  ]);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.content.ops).toHaveLength(2);
});

test('an edit is on its way before those hear of it who watch the connection', () => {
  const { document, start, sent } = live();
  start();
  const seen: unknown[] = [];
  document.onPending((pending) => seen.push(pending, sent.length));
  document.model('s1')?.on('value', ({ value }) => seen.push(value, sent.length));
  document.model('s1')?.set('value', 7);
  expect(seen).toEqual([7, 0, 1, 1]);
});

test('an edit that cannot be sent is counted all the same', () => {
  const { document, start, transport } = live();
  start();
  const seen: number[] = [];
  document.onPending((pending) => seen.push(pending));
  vi.spyOn(transport, 'send').mockImplementation(() => {
    throw new Error('the kernel is dead');
  });
  expect(() => document.model('s1')?.set('value', 7)).toThrow('dead');
  expect(seen).toEqual([1]);
});

test('messages go both ways', () => {
  const { document, start, sent, patch } = live();
  start();
  const heard: unknown[] = [];
  const off = document.model('s1')?.onMessage('ping', ({ data }) => heard.push(data));
  patch({ op: 'msg', m: 's1', name: 'ping', data: [1] });
  off?.();
  patch({ op: 'msg', m: 's1', name: 'ping', data: [2] });
  expect(heard).toEqual([[1]]);
  document.model('s1')?.send('click', { x: 1 });
  expect(sent[0]?.content.ops).toEqual([{ op: 'msg', m: 's1', name: 'click', data: { x: 1 } }]);
});

test('a message is told after the changes of its transaction', () => {
  const { document, start, patch } = live();
  start();
  const heard: unknown[] = [];
  document.model('s1')?.on('value', ({ value }) => heard.push(value));
  document.model('s1')?.onMessage('ping', ({ name }) => heard.push(name));
  patch(
    { op: 'set', m: 's1', p: ['value'], v: 5 },
    { op: 'msg', m: 's1', name: 'ping', data: null },
    { op: 'set', m: 's1', p: ['value'], v: 6 },
  );
  expect(heard).toEqual([6, 'ping']);
});

test('a model that leaves is told, and its id may come back as another one', () => {
  const { document, start, patch } = live();
  start();
  const s2 = document.model('s2');
  const col = document.roots[0];
  const gone: unknown[] = [];
  document.onDrop((model) => gone.push(model));
  expect(children(col)[1]).toBe(s2);
  patch({ op: 'drop', ms: ['s2'] });
  expect(gone).toEqual([s2]);
  expect(s2?.alive).toBe(false);
  expect(s2?.get('value')).toBeUndefined();
  expect(children(col)[1]).toBe(null);
  expect(() => s2?.set('value', 1)).toThrow(Gone);
  patch({ op: 'add', m: 's2', type: 'ui/Slider@1', props: {} });
  expect(children(col)[1]).toBe(document.model('s2'));
  expect(document.model('s2')).not.toBe(s2);
});

test('a page can add models, roots and a title', () => {
  const { document, start, sent } = live();
  expect(() => document.add('x/X@1')).toThrow('connection');
  start();
  document.batch(() => {
    const model = document.add('x/X@1', { child: document.model('s1') });
    expect(model.id).toBe('c1-1');
    document.addRoot(model);
    document.removeRoot(document.model('col') as never);
    document.title = 'new';
  });
  expect(document.roots.map((m) => m.id)).toEqual(['c1-1']);
  expect(sent[0]?.content.ops.map((op: Json) => op.op)).toEqual(['add', 'root+', 'root-', 'title']);
});

test('conflicts are told', () => {
  const { document, start, say } = live();
  start();
  const heard: string[] = [];
  document.onConflict(({ kind }) => heard.push(kind));
  document.model('s1')?.set('value', 'wrong');
  say('ERROR', { seq: 1, since: 1, rev: 1 }, { code: 'invalid-value', text: '', retry: 'never' });
  expect(heard).toEqual(['refused']);
  expect(document.model('s1')?.get('value')).toBe(1);
});

test('the end of the transport is the end of the status', () => {
  const { document, start, transport } = live();
  start();
  transport.close();
  expect(document.status).toBe('offline');
});

const patched = (sent: Message[]) =>
  sent.filter(({ header }) => header.msgtype === 'PATCH-DOC').map(({ content }) => content);

test('a transaction is one on the wire, and tells what came of it', async () => {
  const { document, sent, say, start } = live();
  start();
  const s1 = document.model('s1') as Model;
  const { done } = document.transaction(
    () => {
      s1.set('value', 5);
      document.transaction(() => s1.set('look', { x: [2] }), { label: 'inner' });
    },
    { mode: 'atomic', label: 'drag' },
  );
  expect(document.pending).toBe(2);
  expect(patched(sent)).toMatchObject([{ mode: 'atomic', label: 'drag', ops: [{ v: 5 }, {}] }]);
  const heard: unknown[] = [];
  document.onConflict(({ kind, local, current }) => heard.push([kind, local, current]));
  const content = {
    ops: [
      { op: 'set', m: 's1', p: ['value'], v: 4 },
      { op: 'set', m: 's1', p: ['look'], v: { x: [2] } },
    ],
    conflicts: [{ op: 0, kind: 'adjusted' }],
  };
  say('OK', { seq: 1, since: 1, rev: 2 }, content);
  const outcome = await done;
  expect(outcome).toMatchObject({
    rev: 2,
    conflicts: [{ kind: 'adjusted', local: 5, current: 4 }],
  });
  expect(heard).toEqual([['adjusted', 5, 4]]);
  expect(document.pending).toBe(0);
});

test('a transaction that throws leaves nothing, and one without edits is done at once', async () => {
  const { document, sent, start } = live();
  start();
  const s1 = document.model('s1') as Model;
  const fails = () =>
    document.transaction(() => {
      s1.set('value', 5);
      throw new Error('no');
    });
  expect(fails).toThrow('no');
  expect([s1.get('value'), sent]).toEqual([1, []]);
  expect(() => document.transaction(async () => s1.set('value', 6))).toThrow('await');
  expect(s1.get('value')).toBe(1);
  expect(await document.transaction(() => {}).done).toEqual({ rev: null, conflicts: [] });
  const nested = () => document.transaction(() => {}, { mode: 'strict' });
  expect(() => document.transaction(nested)).toThrow('cannot join');
  expect(() => document.transaction(nested, { mode: 'strict' })).not.toThrow();
});

test('a refused edit whose place is gone has no current value', async () => {
  const { document, say, start } = live();
  start();
  const { done } = document.transaction(() => document.model('s1')?.set('value', 5));
  const drop = { rev: 2, by: 'gc', ops: [{ op: 'drop', ms: ['s1'] }] };
  say('PATCH-DOC', { since: 1, rev: 2 }, { txs: [drop] });
  const content = { code: 'conflict', text: '', retry: 'never', op: 0 };
  say('ERROR', { seq: 1, since: 2, rev: 2 }, content);
  const { rev, conflicts } = await done;
  expect(rev).toBe(null);
  expect(conflicts.at(-1)).toMatchObject({ kind: 'refused', local: 5, current: undefined });
});

test('an edit over a limit of the server is refused before it is made', () => {
  const { document, start } = live();
  start();
  const s1 = document.model('s1') as Model;
  const deep = (n: number) => document.edit({ op: 'set', m: 's1', p: Array(n).fill('x'), v: 1 });
  expect(() => deep(33)).toThrow(RangeError);
  const long = 'ü'.repeat(5 << 20);
  expect(() => s1.set('value', [{ text: long }])).toThrow(RangeError);
  expect(() => s1.send('say', long)).toThrow(RangeError);
  s1.set('value', 'x'.repeat(8 << 20));
  expect(document.pending).toBe(1);
});

test('sets and tuples of Python are arrays here', () => {
  const { document, say, start } = live();
  start();
  const v = { $: 'tuple', v: [1, { $: 'set', v: [2] }, ref('s2')] };
  const ops = [{ op: 'set', m: 's1', p: ['value'], v }];
  say('PATCH-DOC', { since: 1, rev: 2 }, { txs: [{ rev: 2, by: 'py', ops }] });
  expect(document.model('s1')?.get('value')).toEqual([1, [2], document.model('s2')]);
});

test('sources are made, appended to and overwritten from a page', async () => {
  const { document, sent, say, start } = live();
  start();
  const s1 = document.model('s1') as Model;
  const x = new NdArray('i8', [1], BigInt64Array.of(1n));
  s1.set('value', await document.columns({ x, name: ['a'] }));
  say('OK', { seq: 1, since: 1, rev: 2 }, { verbatim: true });
  s1.stream('value', { x: [2n, 3n], name: ['b', 'c'] }, 2);
  s1.write('value', 'name', 2, ['z']);
  const source = s1.get('value') as Columns;
  expect([source.first, source.column('name')]).toEqual([1, ['b', 'z']]);
  expect([...(source.column('x') as BigInt64Array)]).toEqual([2n, 3n]);
  const [first, second] = patched(sent);
  expect(first.ops[0].v).toMatchObject({ $: 'cols', gen: 'c1-1', first: 0 });
  expect(second.ops).toMatchObject([{ op: 'stream', gen: 'c1-1', at: 1, n: 2, roll: 2 }]);
  s1.stream('value', { x: [4n], name: ['d'] });
  expect((s1.get('value') as Columns).end).toBe(4);
  expect(() => document.model('s2')?.stream('value', {})).toThrow(TypeError);
});

test('volatile messages are sent at once or not at all', () => {
  const { document, sent, say, start } = live();
  start();
  const s1 = document.model('s1') as Model;
  const heard: unknown[] = [];
  s1.onMessage('hover', ({ data }) => heard.push(data));
  s1.send('hover', 7, { volatile: true });
  expect(sent.at(-1)).toMatchObject({
    header: { volatile: true },
    content: { ops: [{ data: 7 }] },
  });
  expect(document.pending).toBe(0);
  say('PATCH-DOC', { volatile: true }, { ops: [{ op: 'msg', m: 's1', name: 'hover', data: 8 }] });
  expect(heard).toEqual([8]);
});

test('snapshots and new incarnations are told, and a policy may choose', () => {
  const { document, say, start } = live();
  start();
  const told: unknown[] = [];
  document.onResynced((event) => told.push(event));
  document.onEpoch((event) => told.push(event));
  const doc = { title: 'T', roots: ['col'], models: MODELS };
  say('PUSH-DOC', { rev: 9, msgs: 2 }, { doc, reason: 'slow' });
  document.policy = ({ from, to }, ops) => {
    told.push([from, to, ops.length]);
    return 'discard';
  };
  document.model('s1')?.set('value', 7);
  say('PUSH-DOC', { epoch: 'F', rev: 0, last_seq: null }, { doc, reason: 'epoch' });
  expect(told).toEqual([
    { from: 1, to: 9, lost_messages: 2 },
    ['E', 'F', 1],
    { from: 'E', to: 'F', choice: 'discard' },
  ]);
  say('PUSH-DOC', { epoch: 'G', rev: 0, last_seq: null }, { doc, reason: 'epoch' });
  expect(told.at(-1)).toEqual({ from: 'F', to: 'G', choice: 'replay' });
});

test('an id that means another type now is another model', () => {
  const { document, say, start } = live();
  start();
  const before = document.model('s1');
  const models = { ...MODELS, s1: { type: 'ui/Text@1', props: {} } };
  const doc = { title: 'T', roots: ['col'], models };
  say('PUSH-DOC', { epoch: 'F', rev: 0, last_seq: null }, { doc, reason: 'epoch' });
  expect(document.model('s1')).not.toBe(before);
  expect(document.model('s1')?.type).toBe('ui/Text@1');
});
