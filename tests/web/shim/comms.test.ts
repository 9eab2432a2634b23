import { expect, test } from 'vitest';
import { WidgetComms } from '../../../labextension/src/shim/comms';
import { FakeModel } from './host';

function made() {
  const model = new FakeModel();
  const comm = new WidgetComms(model).createComm('syncline.v1', 'mine');
  const heard: unknown[] = [];
  comm.onMsg = (message) => void heard.push(message);
  comm.onClose = (message) => void heard.push({ closed: message });
  return { model, comm, heard };
}

test('what a comm does is a custom message with its id', () => {
  const { model, comm } = made();
  const frame = new ArrayBuffer(3);
  comm.open({ doc: 'd' } as never);
  comm.send({ v: 1 } as never, undefined, [frame]);
  comm.close();
  expect(model.sent).toEqual([
    { content: { comm: 'mine', open: { doc: 'd' } }, buffers: undefined },
    { content: { comm: 'mine', data: { v: 1 } }, buffers: [frame] },
    { content: { comm: 'mine', close: {} }, buffers: undefined },
  ]);
  expect([comm.isDisposed, model.heard]).toEqual([true, 0]);
});

test('it hears what is for it, with the buffers', () => {
  const { model, heard } = made();
  const frame = new DataView(new ArrayBuffer(3));
  model.hear({ comm: 'another', data: { v: 1 } });
  model.hear({ code: 'abc', script: '' });
  model.hear({ comm: 'mine', data: { v: 1 } }, [frame]);
  expect(heard).toEqual([{ content: { data: { v: 1 } }, buffers: [frame] }]);
});

test('the kernel can end it, and then it hears nothing more', () => {
  const { model, comm, heard } = made();
  model.hear({ comm: 'mine', close: { code: 4404, text: 'no' } });
  model.hear({ comm: 'mine', data: {} });
  expect(heard).toEqual([{ closed: { content: { data: { code: 4404, text: 'no' } } } }]);
  expect(comm.isDisposed).toBe(true);
});

test('without a name it gets one', () => {
  const comms = new WidgetComms(new FakeModel());
  expect(comms.createComm('t').commId).not.toBe(comms.createComm('t').commId);
});
