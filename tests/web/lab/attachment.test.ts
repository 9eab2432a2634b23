// @vitest-environment jsdom
import type { Kernel } from '@jupyterlab/services';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settled, until } from '../view/living';

const server = { present: true };
vi.mock('../../../labextension/src/lab/server', () => ({
  hasExtension: async () => server.present,
  attachUrl: (_: unknown, kernel: string, doc: string) => `ws://x.example/${kernel}/${doc}`,
}));

const { Attachment } = await import('../../../labextension/src/lab/attachment');

class Signal {
  readonly slots = new Set<(sender: unknown, value: string) => void>();
  connect(slot: (sender: unknown, value: string) => void, self: object) {
    this.slots.add(slot.bind(self));
  }
  disconnect() {
    this.slots.clear();
  }
  emit(value: string) {
    for (const slot of this.slots) slot(null, value);
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

function made() {
  const comms: Comm[] = [];
  const kernel = {
    id: 'k',
    isDisposed: false,
    statusChanged: new Signal(),
    connectionStatusChanged: new Signal(),
    createComm: () => {
      const comm = new Comm();
      comms.push(comm);
      return comm;
    },
  };
  const attachment = new Attachment(
    kernel as unknown as Kernel.IKernelConnection,
    'doc',
    {} as never,
    () => undefined,
  );
  return { attachment, kernel, comms };
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
  expect([attachment.carrier, attachment.gone]).toEqual(['comm', false]);
});

test('a kernel that closes the comm has not got the document, and is not asked again', async () => {
  server.present = false;
  const { attachment, comms, kernel } = made();
  await until(() => comms.length);
  comms[0]?.onClose({ content: { data: {} } });
  expect(attachment.gone).toBe(true);
  kernel.statusChanged.emit('busy');
  kernel.statusChanged.emit('idle');
  await settled();
  expect(comms.length).toBe(1);
});

test('after a restart the kernel is asked once more', async () => {
  server.present = false;
  const { attachment, comms, kernel } = made();
  await until(() => comms.length);
  kernel.statusChanged.emit('restarting');
  expect(attachment.gone).toBe(false);
  kernel.statusChanged.emit('idle');
  kernel.statusChanged.emit('idle');
  expect(comms.length).toBe(2);
});

test('a lost connection is taken up again when it is back', async () => {
  server.present = false;
  const { comms, kernel } = made();
  await until(() => comms.length);
  kernel.connectionStatusChanged.emit('connecting');
  kernel.connectionStatusChanged.emit('connected');
  expect(comms.length).toBe(2);
});
