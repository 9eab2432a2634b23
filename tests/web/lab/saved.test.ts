// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { MIME, NOT_KEPT } from '../../../labextension/src/lab/mime';
import { showSaved } from '../../../labextension/src/lab/saved';
import { plain, translateBy } from '../../../labextension/src/view/translation';
import { settled, until } from '../view/living';

vi.mock('../../../labextension/style/lab.css', () => ({}));

const sanitizer = { sanitize: (html: string) => html.replace(/<script.*<\/script>/, '') };
let seen: () => void = () => undefined;

class Observer {
  private observed = true;
  constructor(private readonly tell: (entries: { isIntersecting: boolean }[]) => void) {}
  observe() {
    seen = () => this.observed && this.tell([{ isIntersecting: true }]);
  }
  disconnect() {
    this.observed = false;
  }
}

function bundle(snapshot: Json) {
  const html = '<p>as html</p><script>x</script>';
  return { [MIME]: { doc: 'd', mount: null, protocol: 1, snapshot }, 'text/html': html };
}

function markdown(text: string, type = 'ui/Markdown@1') {
  const doc = { title: '', roots: ['m'], models: { m: { type, props: { text } } } };
  return { doc, schema: {} };
}

beforeEach(() => {
  seen = () => undefined;
  vi.stubGlobal('IntersectionObserver', Observer);
});

test('without a snapshot the html is shown, sanitised, else the text', () => {
  const node = document.createElement('div');
  showSaved(node, { 'text/html': ['<p>a', 'b</p><script>x</script>'] }, { sanitizer });
  expect(node.innerHTML).toBe('<p>ab</p>');
  showSaved(node, { 'text/plain': '<b>' }, { sanitizer });
  expect(node.textContent).toBe('<b>');
});

test('that a file keeps no values is said in the language of JupyterLab', () => {
  translateBy({ __: (text) => `<${text}>`, _n: (one) => one });
  const node = document.createElement('div');
  showSaved(node, { 'text/plain': [NOT_KEPT] }, { sanitizer });
  expect(node.textContent).toBe(`<${NOT_KEPT}>`);
  translateBy(plain);
});

test('its html has no buttons, which may name a command of JupyterLab', () => {
  const node = document.createElement('div');
  const html = '<p>a<button data-commandlinker-command="x:y">b</button></p><form><input></form>';
  showSaved(node, { 'text/html': html }, { sanitizer });
  expect(node.innerHTML).toBe('<p>a</p>');
});

test('a snapshot is shown by views, read-only, once it is seen', async () => {
  const node = document.createElement('div');
  showSaved(node, bundle(markdown('**bold**')), { sanitizer });
  await settled();
  expect(node.innerHTML).toBe('<p>as html</p>');
  seen();
  await until(() => node.querySelector('strong'));
  expect(node.querySelector('strong')?.textContent).toBe('bold');
  expect(node.textContent).not.toContain('as html');
  expect(node.querySelector('.syncline-status')?.textContent).toBe('');
});

test('a hidden node holds nothing', async () => {
  const node = document.createElement('div');
  node.hidden = true;
  showSaved(node, bundle(markdown('one')), { sanitizer });
  expect(node.innerHTML).toBe('');
  node.hidden = false;
  await until(() => node.innerHTML === '<p>as html</p>');
  seen();
  node.hidden = true;
  await until(() => node.innerHTML === '');
  await settled();
  expect(node.innerHTML).toBe('');
});

test('what was replaced meanwhile does not come back', async () => {
  const node = document.createElement('div');
  showSaved(node, bundle(markdown('first')), { sanitizer });
  const before = seen;
  showSaved(node, { 'text/plain': 'second' }, { sanitizer });
  before();
  await settled();
  expect(node.textContent).toBe('second');
});

test('nothing of a snapshot runs: its html is sanitised, its code is not taken', async () => {
  const code = {
    h: { name: 'x/Own@1', properties: {}, view: { esm: 'aaaa' } },
    s: { name: 'x/Mine@1', properties: {}, view: 'ui/Markdown@1' },
  };
  const evil = {
    doc: {
      title: '',
      roots: ['m', 'o', 's', 'n'],
      models: {
        m: { type: 'ui/Markdown@1', props: { text: 'seen <img src=x onerror="x()">' } },
        o: { type: 'x/Own@1#h', props: { level: 7 } },
        s: { type: 'x/Mine@1#s', props: { text: 'as *ours*' } },
        n: { type: 'ui/Mount@1', props: {} },
      },
    },
    schema: code,
  };
  const node = document.createElement('div');
  showSaved(node, bundle(evil), { sanitizer });
  seen();
  await until(() => node.textContent?.includes('seen'));
  await until(() => node.textContent?.includes('Own(level=7)'));
  await until(() => node.querySelector('em')?.textContent === 'ours');
  expect(node.innerHTML).not.toContain('onerror');
  expect(node.textContent).toContain('cannot be reached');
});

test.each([[{}], [{ doc: 3 }], [{ doc: { roots: [], models: 7 } }], ['text'], [null]])(
  'a snapshot that cannot be read leaves the html: %j',
  async (snapshot) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const node = document.createElement('div');
    showSaved(node, bundle(snapshot), { sanitizer });
    seen();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(node.innerHTML).toBe('<p>as html</p>');
  },
);
