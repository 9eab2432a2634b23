// @vitest-environment jsdom
import type { Kernel } from '@jupyterlab/services';
import { expect, test, vi } from 'vitest';
import { until } from '../view/living';

vi.mock('@jupyterlab/services', () => ({
  KernelMessage: { createMessage: (message: object) => message },
}));
const { commsOf } = await import('../../../labextension/src/lab/comms');

interface Sent {
  msgType: string;
  subshellId: string | null;
  content: Record<string, unknown>;
}

class FakeKernel {
  readonly slots = new Map<unknown, (sender: unknown, message: unknown) => void>();
  readonly sent: Sent[] = [];
  readonly deleted: string[] = [];
  readonly asked: string[] = [];
  /** What the main shell says, and what the control channel does. */
  info: Promise<object> = Promise.resolve({ supported_features: ['kernel subshells'] });
  told: object = { supported_features: ['kernel subshells'] };
  readonly isDisposed = false;
  readonly status = 'idle';
  readonly connectionStatus = 'connected';
  readonly iopubMessage = {
    connect: (slot: () => void, self: object) => this.slots.set(self, slot.bind(self)),
    disconnect: (_: unknown, self: object) => this.slots.delete(self),
  };
  constructor(
    readonly handleComms: boolean,
    readonly supportsSubshells = true,
  ) {}
  sendControlMessage({ msgType, channel }: { msgType: string; channel: string }) {
    this.asked.push(`${channel} ${msgType}`);
    const content = msgType === 'kernel_info_request' ? this.told : { subshell_id: 's1' };
    return { done: Promise.resolve({ content }) };
  }
  requestDeleteSubshell({ subshell_id }: { subshell_id: string }) {
    this.deleted.push(subshell_id);
  }
  sendShellMessage(message: Sent) {
    this.sent.push(message);
  }
  hear(msg_type: string, comm_id: string, data: unknown) {
    for (const slot of [...this.slots.values()]) {
      slot(null, { header: { msg_type }, content: { comm_id, data }, buffers: [] });
    }
  }
}

function made(handleComms = false, known = true) {
  const kernel = new FakeKernel(handleComms, known);
  return { kernel, comms: commsOf(kernel as unknown as Kernel.IKernelConnection) };
}

test('a connection that has comms is used as it is', () => {
  const { kernel, comms } = made(true);
  expect(comms).toBe(kernel);
});

test('one whose comms are off sends and hears the messages itself, and only its own', async () => {
  const { kernel, comms } = made();
  const heard: unknown[] = [];
  const comm = comms.createComm('target', 'c1');
  comm.onMsg = (message: { content: { data: unknown } }) => void heard.push(message.content.data);
  await comm.subshellStarted;
  comm.open();
  comm.send({ v: 1 } as never);
  kernel.hear('comm_msg', 'c2', 'of another');
  kernel.hear('comm_msg', 'c1', 'mine');
  expect(heard).toEqual(['mine']);
  expect(kernel.sent.map(({ msgType, subshellId }) => [msgType, subshellId])).toEqual([
    ['comm_open', 's1'],
    ['comm_msg', 's1'],
  ]);
});

test('a kernel whose main shell does not answer is asked on its control channel', async () => {
  const { kernel, comms } = made(true, false);
  kernel.info = new Promise(() => undefined);
  expect([comms === (kernel as unknown), comms.supportsSubshells]).toEqual([false, true]);
  const comm = comms.createComm('target', 'c1');
  await comm.subshellStarted;
  comm.open();
  expect(kernel.sent[0]?.subshellId).toBe('s1');
  expect(kernel.asked).toEqual(['control kernel_info_request', 'control create_subshell_request']);
});

test('a kernel without subshells is not asked for one', async () => {
  const { kernel, comms } = made();
  kernel.info = Promise.resolve({});
  kernel.told = {};
  const comm = comms.createComm('target', 'c1');
  await comm.subshellStarted;
  comm.open();
  expect([kernel.sent[0]?.subshellId, kernel.asked.length]).toEqual([null, 1]);
});

test('what the kernel closes is told, and the subshell goes with the last comm', async () => {
  const { kernel, comms } = made();
  const [one, two] = [comms.createComm('target', 'c1'), comms.createComm('target', 'c2')];
  const closed = vi.fn();
  one.onClose = closed;
  kernel.hear('comm_close', 'c1', {});
  expect([closed.mock.calls.length, one.isDisposed, kernel.deleted]).toEqual([1, true, []]);
  two.close();
  await until(() => kernel.deleted.length);
  expect([kernel.deleted, kernel.slots.size]).toEqual([['s1'], 0]);
});
