// @vitest-environment jsdom
import type { Kernel } from '@jupyterlab/services';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settled, until } from '../view/living';

const server: { present: boolean | null } = { present: true };
vi.mock('../../../labextension/src/lab/server', () => ({
  hasExtension: async () => server.present,
  attachUrl: (_: unknown, kernel: string, doc: string) => `ws://x.example/${kernel}/${doc}`,
}));

const { Attachment } = await import('../../../labextension/src/lab/attachment');

class Signal {
  readonly slots = new Map<unknown, (sender: unknown, value: string) => void>();
  connect(slot: (sender: unknown, value: string) => void, self: object) {
    this.slots.set(slot, slot.bind(self));
  }
  disconnect(slot: unknown) {
    this.slots.delete(slot);
  }
}

class Comm {
  onClose: (message: unknown) => void = () => undefined;
  onMsg = () => undefined;
  isDisposed = false;
  opened = 0;
  open() {
    this.opened++;
  }
  close() {}
  send() {}
  dispose() {
    this.isDisposed = true;
  }
}

class Socket {
  static all: Socket[] = [];
  onclose: (event: { code: number; reason: string }) => void = () => undefined;
  readyState = 0;
  constructor(readonly url: string) {
    Socket.all.push(this);
  }
  close() {}
}

class FakeKernel {
  readonly id = 'k';
  readonly handleComms = true;
  readonly supportsSubshells = true;
  readonly statusChanged = new Signal();
  readonly connectionStatusChanged = new Signal();
  readonly disposed = new Signal();
  readonly comms: Comm[] = [];
  isDisposed = false;
  status = 'idle';
  connectionStatus = 'connected';

  createComm() {
    const comm = new Comm();
    this.comms.push(comm);
    return comm;
  }

  enter(status: string) {
    this.status = status;
    for (const slot of this.statusChanged.slots.values()) slot(this, status);
  }

  connection(status: string) {
    this.connectionStatus = status;
    for (const slot of this.connectionStatusChanged.slots.values()) slot(this, status);
  }

  get opened() {
    return this.comms.filter((comm) => comm.opened).length;
  }
}

function made() {
  const kernel = new FakeKernel();
  const attachment = new Attachment(as(kernel), 'doc', {} as never, tab as never, () => undefined);
  return { attachment, kernel, comms: kernel.comms };
}

const tab = { take: () => null, leave: () => true };

function as(kernel: FakeKernel) {
  return kernel as unknown as Kernel.IKernelConnection;
}

beforeEach(() => {
  Socket.all = [];
  server.present = true;
  vi.stubGlobal('WebSocket', Socket);
  const store = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => store.get(k) ?? null,
    setItem: store.set.bind(store),
  });
});
afterEach(() => vi.unstubAllGlobals());

test('with the extension the websocket is taken', async () => {
  const { attachment, comms } = made();
  await until(() => attachment.carrier);
  expect([attachment.carrier, attachment.hasPage, comms.length]).toEqual(['attach', true, 0]);
  expect(Socket.all[0]?.url).toContain('/k/doc');
});

test('without the extension the comm is taken', async () => {
  server.present = false;
  const { attachment, comms } = made();
  await until(() => attachment.carrier);
  expect([attachment.carrier, attachment.hasPage, comms[0]?.opened]).toEqual(['comm', false, 1]);
});

test('the comm can be asked for', async () => {
  localStorage.setItem('syncline:carrier', 'comm');
  const { attachment } = made();
  await until(() => attachment.carrier);
  expect([attachment.carrier, attachment.hasPage]).toEqual(['comm', true]);
});

test('a websocket refused before the document came gives way to the comm', async () => {
  const { attachment, comms } = made();
  await until(() => Socket.all.length);
  Socket.all[0]?.onclose({ code: 4404, reason: '' });
  await until(() => comms.length);
  expect([attachment.carrier, attachment.situation]).toEqual(['comm', 'connecting']);
  // What the websocket does not reach is no page either.
  expect(attachment.hasPage).toBe(false);
});

test('a websocket that is refused while the kernel restarts waits for it before the comm is asked', async () => {
  const { attachment, kernel, comms } = made();
  await until(() => Socket.all.length);
  kernel.enter('restarting');
  Socket.all[0]?.onclose({ code: 4404, reason: '' });
  await settled();
  expect([attachment.situation, comms.length]).toEqual(['restarting', 0]);
  kernel.enter('idle');
  await until(() => comms.length);
  comms[0]?.onClose({ content: { data: {} } });
  await settled();
  expect(attachment.situation).toBe('gone');
});

test('a websocket that leads nowhere gives way when the server has no extension any more', async () => {
  const { attachment, comms } = made();
  await until(() => Socket.all.length);
  server.present = false;
  for (let i = 0; i < 4; i++) {
    await until(() => Socket.all.length > i);
    Socket.all[i]?.onclose({ code: 1006, reason: '' });
  }
  await until(() => comms.length);
  expect(attachment.carrier).toBe('comm');
});

test('while the server cannot be reached the websocket goes on', async () => {
  const { attachment } = made();
  await until(() => Socket.all.length);
  server.present = null;
  for (let i = 0; i < 5; i++) {
    await until(() => Socket.all.length > i);
    Socket.all[i]?.onclose({ code: 1006, reason: '' });
  }
  await until(() => Socket.all.length > 5);
  expect(attachment.carrier).toBe('attach');
});

test('a server that has the extension again, after its connection was lost, is attached to', async () => {
  server.present = false;
  const { attachment, kernel, comms } = made();
  await until(() => comms.length);
  server.present = true;
  kernel.connection('connecting');
  kernel.connection('connected');
  await until(() => attachment.carrier === 'attach');
  expect([attachment.hasPage, Socket.all.length, comms.at(-1)?.isDisposed]).toEqual([
    true,
    1,
    true,
  ]);
});

test('a kernel that closes the comm has not got the document, and is not asked again', async () => {
  server.present = false;
  const { attachment, comms, kernel } = made();
  await until(() => comms.length);
  comms[0]?.onClose({ content: { data: {} } });
  expect(attachment.situation).toBe('gone');
  kernel.enter('busy');
  kernel.enter('idle');
  await settled();
  expect(comms.length).toBe(1);
});

test('a page that the kernel has given up because it slept asks again', async () => {
  server.present = false;
  const { attachment, comms } = made();
  await until(() => comms.length);
  comms[0]?.onClose({ content: { data: { code: 4408, text: '' } } });
  await until(() => comms.length === 2);
  expect(attachment.situation).toBe('connecting');
});

test('after a restart the kernel is asked once more', async () => {
  server.present = false;
  const { attachment, comms, kernel } = made();
  await until(() => comms.length);
  kernel.enter('restarting');
  expect(attachment.situation).toBe('restarting');
  kernel.enter('idle');
  kernel.enter('idle');
  await settled();
  expect([comms.length, attachment.situation]).toEqual([2, 'connecting']);
});

test('a restart by another page is noticed by the new process that starts', async () => {
  server.present = false;
  const { comms, kernel } = made();
  await until(() => comms.length);
  kernel.enter('starting');
  await settled();
  expect([comms[0]?.isDisposed, kernel.opened]).toEqual([true, 2]);
});

test('a lost connection is taken up again when it is back', async () => {
  server.present = false;
  const { comms, kernel } = made();
  await until(() => comms.length);
  kernel.connection('connecting');
  kernel.connection('connected');
  await settled();
  expect(comms.length).toBe(2);
});

test('a kernel that died is said to have, whatever else is known', async () => {
  const { attachment, kernel } = made();
  kernel.enter('dead');
  expect(attachment.situation).toBe('dead');
});

test('a comm that waits for a running cell says that the kernel is busy', async () => {
  server.present = false;
  const { attachment, comms, kernel } = made();
  await until(() => comms.length);
  kernel.enter('busy');
  expect(attachment.situation).toBe('busy');
});

test('the notebook that is closed takes nothing along: its comms go on over another connection', async () => {
  server.present = false;
  const { attachment, kernel } = made();
  await until(() => kernel.opened);
  const other = new FakeKernel();
  attachment.join(as(other));
  attachment.leave(as(kernel));
  await until(() => other.opened);
  expect(kernel.comms[0]?.isDisposed).toBe(true);
  attachment.leave(as(other));
  expect(other.comms[0]?.isDisposed).toBe(true);
});

test('a comm that went down with the kernel is opened again when nothing answers', async () => {
  server.present = false;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { comms } = made();
  await vi.advanceTimersByTimeAsync(1000);
  expect(comms.filter((comm) => comm.opened).length).toBe(1);
  await vi.advanceTimersByTimeAsync(6000);
  expect([comms[0]?.isDisposed, comms.filter((comm) => comm.opened).length]).toEqual([true, 2]);
  vi.useRealTimers();
});
