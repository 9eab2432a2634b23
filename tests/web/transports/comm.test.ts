import { expect, test } from 'vitest';
import { type Bytes, type Json, NdArray } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import type { Message } from '../../../labextension/src/sync/messages';
import { CommTransport } from '../../../labextension/src/transports/comm';

const EIGHT = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);

/** A comm of a kernel connection that writes down what is done with it. */
class FakeComm {
  onMsg: (message: never) => void = () => {};
  onClose: (message: never) => void = () => {};
  isDisposed = false;
  opened: Json = null;
  closed = 0;
  sent: { data: Json; buffers: Json[] }[] = [];
  readonly commId: string;

  constructor(
    readonly target: string,
    readonly id: string | undefined,
    readonly subshellStarted?: Promise<void>,
  ) {
    this.commId = id ?? 'page';
  }

  open(data: Json): void {
    this.opened = data;
  }

  send(data: Json, _metadata: Json, buffers: Json[]): void {
    this.sent.push({ data, buffers });
  }

  close(): void {
    this.closed++;
    this.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
  }

  /** A message as JupyterLab delivers it: each buffer a DataView at some offset of the whole message. */
  say(msgtype: string, header: Json, content: Json, buffers: Bytes[] = []): void {
    const frame = pack(
      { msgid: 's-1', msgtype, epoch: 'E', ...header },
      content,
      buffers,
      true,
    ) as Bytes;
    const memory = new Uint8Array(frame.length + 13);
    memory.set(frame, 5);
    const view = new DataView(memory.buffer, 5, frame.length);
    // What is for another page is not even looked at.
    const data = { v: 1, to: ['another', this.commId === 'page' ? 'page' : null] };
    this.onMsg({ content: { data }, buffers: [new DataView(memory.buffer, 0, 2), view] } as never);
  }

  last(): Message {
    const { data, buffers } = this.sent.at(-1) as Json;
    return unpack(data.frame ?? buffers[0]);
  }
}

function open(subshell?: Promise<void>, supportsSubshells = true) {
  const comms: FakeComm[] = [];
  const kernel = {
    supportsSubshells,
    createComm: (target: string, id?: string) => {
      const comm = new FakeComm(target, id, subshell);
      comms.push(comm);
      return comm;
    },
  };
  const document = new Document();
  const transport = new CommTransport(kernel, 'd1', document.link);
  transport.open();
  const page = comms[0] as FakeComm;
  const ack = () => {
    const content = {
      protocol: { version: 1, min: 1 },
      resume_key: 'k',
      ping: 20,
      channel: 'syncline-d1',
    };
    page.say('ACK', { client: 'c1', rev: 0, probe: true }, content, [EIGHT]);
  };
  const start = () => {
    ack();
    const reqid = page.last().header.msgid;
    const doc = { title: 'T', roots: ['a'], models: { a: { type: 'x/X@1', props: { n: 1 } } } };
    page.say('PULL-DOC-REPLY', { reqid, client: 'c1', rev: 1 }, { kind: 'snapshot', doc });
  };
  return { comms, page, document, transport, ack, start };
}

test('the page opens the target and names the document', async () => {
  const { page, document, transport } = open();
  await expect.poll(() => page.opened).not.toBeNull();
  expect([page.target, page.id]).toEqual(['syncline.v1', undefined]);
  expect(page.opened).toEqual({ protocol: 1, doc: 'd1', client: null });
  expect(document.status).toBe('connecting');
  transport.open();
  expect(page.sent).toEqual([]);
  transport.close();
});

test('the page waits for the subshell by which the kernel hears it beside a running cell', async () => {
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const { page, transport } = open(started);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(page.opened).toBeNull();
  start();
  await expect.poll(() => page.opened).toMatchObject({ doc: 'd1' });
  transport.close();
});

test('a subshell that fails, or of which the kernel says nothing, is not waited for', async () => {
  for (const started of [Promise.reject(new Error('no')), new Promise<void>(() => {})]) {
    const { page, transport } = open(started, false);
    await expect.poll(() => page.opened).toMatchObject({ doc: 'd1' });
    transport.close();
  }
});

test('a page that is closed before it was opened says nothing, one whose kernel is dead ends', async () => {
  const first = open();
  first.transport.close();
  await Promise.resolve();
  expect([first.page.opened, first.page.closed]).toEqual([null, 0]);
  const { document, page } = open();
  page.open = () => {
    throw new Error('Kernel is dead');
  };
  await expect.poll(() => document.status).toBe('offline');
  expect(document.link.closed?.text).toContain('dead');
});

test("the document's comm is registered before the page pulls, and never opened", () => {
  const { comms, page, ack, transport } = open();
  let registered = 0;
  page.send = () => {
    registered = comms.length;
  };
  ack();
  expect(registered).toBe(2);
  expect(comms[1]).toMatchObject({ target: 'syncline.v1', id: 'syncline-d1', opened: null });
  transport.close();
});

test('a frame is one buffer in an ArrayBuffer of its own', () => {
  const { page, ack, transport } = open();
  ack();
  const { data, buffers } = page.sent[0] as Json;
  expect(data).toEqual({ v: 1 });
  expect(buffers).toHaveLength(1);
  expect(buffers[0]).toBeInstanceOf(ArrayBuffer);
  expect([...(unpack(buffers[0]).buffers[0] ?? [])]).toEqual([...EIGHT]);
  transport.close();
});

test('patches come by the shared comm, arrays as views at any offset', () => {
  const { comms, document, start, transport } = open();
  start();
  const ops = [{ op: 'set', m: 'a', p: ['n'], v: { $: 'nd', dtype: 'f8', shape: [2], buf: 0 } }];
  const buffers = [new Uint8Array(new Float64Array([1.5, 2.5]).buffer)];
  comms[1]?.say(
    'PATCH-DOC',
    { since: 1, rev: 2 },
    { txs: [{ rev: 2, by: 'py', nbuf: 1, ops }] },
    buffers,
  );
  const nd = document.model('a')?.get('n') as NdArray;
  expect(nd).toBeInstanceOf(NdArray);
  expect([...nd.data]).toEqual([1.5, 2.5]);
  transport.close();
});

test('the inline form is understood and answered in kind', () => {
  const { page, document, transport } = open();
  const say = (msgtype: string, header: Json, content: Json) => {
    const frame = pack({ msgid: 's-1', msgtype, epoch: 'E', ...header }, content);
    const data = { v: 1, to: ['another', 'page', 'another'], frames: [null, frame, 'text'] };
    page.onMsg({ content: { data }, buffers: [] } as never);
  };
  page.onMsg({ content: { data: { v: 1, to: [null] } }, buffers: [] } as never);
  expect(page.sent[0]?.buffers).toEqual([]);
  expect(page.last().header).toMatchObject({ msgtype: 'PULL-DOC-REQ', inline: true });
  const doc = { title: 'T', roots: [], models: {} };
  const reqid = page.last().header.msgid;
  say('PULL-DOC-REPLY', { reqid, client: 'c1', rev: 1 }, { kind: 'snapshot', doc });
  expect(document.status).toBe('live');
  transport.close();
});

test('a refusal by the kernel says why', () => {
  const { page, document } = open();
  page.onClose({ content: { data: { code: 4404, text: 'no such document' } } } as never);
  expect(document.status).toBe('offline');
  expect(document.link.closed).toEqual({ code: 4404, text: 'no such document' });
});

test('a closed transport closes its own comm and only forgets the shared one', async () => {
  const { comms, page, document, start, transport } = open();
  await expect.poll(() => page.opened).not.toBeNull();
  start();
  transport.close();
  expect(page.closed).toBe(1);
  expect(comms[1]).toMatchObject({ closed: 0, isDisposed: true });
  expect(document.status).toBe('offline');
  transport.open();
  expect(comms).toHaveLength(3);
  transport.close(1006, 'kernel died', true);
  expect(comms[2]).toMatchObject({ closed: 0, isDisposed: true });
});

test('an edit after a close of the comm is kept for the next one', () => {
  const { comms, page, document, start, transport } = open();
  start();
  page.onClose({ content: {} } as never);
  document.model('a')?.set('n', 2);
  transport.open();
  expect(comms).toHaveLength(3);
  expect(document.replica.pending).toBe(1);
  transport.close();
});
