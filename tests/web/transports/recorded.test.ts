import { expect, test, vi } from 'vitest';
import { Document } from '../../../labextension/src/model';
import { RecordedTransport } from '../../../labextension/src/transports/recorded';

const MODEL = { type: 'main/Own@1#h', props: { value: 1, x: { $: 'bytes', b64: 'AQI=' } } };
const RECORDING = {
  doc: { title: 'Waves', roots: ['m'], models: { m: MODEL } },
  schema: { h: { name: 'main/Own@1', properties: { value: { kind: 'int', client: true } } } },
  assets: { code: 'export default {}' },
};

async function shown() {
  const document = new Document();
  new RecordedTransport(document.link, RECORDING).open();
  await vi.waitFor(() => expect(document.status).toBe('live'));
  return document;
}

test('a recorded document is there, to be looked at', async () => {
  const document = await shown();
  expect([document.title, document.link.readOnly]).toEqual(['Waves', true]);
  expect(document.roots[0]?.get('value')).toBe(1);
  expect(document.roots[0]?.get('x')).toEqual(new Uint8Array([1, 2]));
});

test('what is set in it falls back', async () => {
  const document = await shown();
  document.roots[0]?.set('value', 2);
  expect(document.roots[0]?.get('value')).toBe(2);
  await vi.waitFor(() => expect(document.pending).toBe(0));
  expect(document.roots[0]?.get('value')).toBe(1);
});

test('it has the code that was recorded and no other', async () => {
  const { assets, link } = await shown();
  expect(new TextDecoder().decode(await assets.get('code'))).toBe('export default {}');
  await expect(assets.get('toString')).rejects.toThrow('unknown-asset');
  link.send('PING');
});
