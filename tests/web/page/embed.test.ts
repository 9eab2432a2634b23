// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import { until } from '../view/living';

class Sheet {
  text = '';
  replaceSync(text: string) {
    this.text = text;
  }
}

/** A browser's socket, with the server's side as methods. */
class Socket {
  static all: Socket[] = [];
  readyState = 1;
  closed = false;
  private pull = '';
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    Socket.all.push(this);
  }

  /** The token that it came with. */
  get token(): string {
    return atob(this.protocols[1]?.replace('syncline.t.', '') ?? '');
  }

  send(frame: string): void {
    this.pull = unpack(frame).header.msgid;
  }

  close(): void {
    this.closed = true;
  }

  say(msgtype: string, header: object, content: object): void {
    const full = { msgid: 's', msgtype, epoch: 'E', client: 'c1', rev: 0, ...header };
    this.onmessage({ data: pack(full, content) });
  }

  /** Give the document its first content. */
  live(type = 'my/Odd@1', props: object = {}): void {
    this.say('ACK', {}, { protocol: { version: 1, min: 1 }, resume_key: 'k' });
    const doc = { title: '', roots: ['a'], models: { a: { type, props } } };
    this.say('PULL-DOC-REPLY', { reqid: this.pull }, { doc });
  }

  refuse(): void {
    this.onclose({ code: 4404, reason: '' });
  }
}

/** Pages of this test that have gone answer nothing any more. */
class Silent {
  addEventListener(): void {}
  postMessage(): void {}
}

const SOURCE = 'https://apps.example/sine/autoload.js?color=red';
const SHEET = 'https://apps.example/static/embed.css';

let asked: string[];
let answers: Record<string, { ok?: boolean; body: unknown }>;

beforeEach(() => {
  Socket.all = [];
  asked = [];
  answers = {
    'https://apps.example/sine/ticket?color=red': { body: { token: 'new' } },
    [SHEET]: { body: 'ours {}' },
  };
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('CSSStyleSheet', Sheet);
  vi.stubGlobal('matchMedia', () => ({ addEventListener() {}, removeEventListener() {} }));
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    const { ok = true, body } = answers[url] ?? { ok: false, body: null };
    return { ok, status: ok ? 200 : 503, json: async () => body, text: async () => body };
  });
  come('navigate');
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  document.body.replaceChildren();
  sessionStorage.clear();
});

/** Come to a page as a browser says one does; it has scripts of its own. */
function come(type: string): void {
  vi.resetModules();
  document.body.replaceChildren();
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type }] as never);
}

/** Embed the app behind a script element of the page. */
async function embedded(data: Record<string, string> = {}) {
  const { embed } = await import('../../../labextension/src/page/embed');
  const script = document.createElement('script');
  script.type = 'application/json';
  script.src = SOURCE;
  Object.assign(script.dataset, data);
  document.body.append(script);
  await embed(script, [SHEET]);
  const place = script.nextElementSibling as HTMLElement;
  const shadow = place.shadowRoot as ShadowRoot;
  return { place, shadow, root: shadow.querySelector('.syncline-root') as HTMLElement };
}

const socket = (): Socket => Socket.all.at(-1) as Socket;
const tokens = (): string[] => Socket.all.map(({ token }) => token);

test('an app asks for a session, at addresses beside its script, and stands behind it', async () => {
  const { root } = await embedded();
  expect(asked.sort()).toEqual([SHEET, 'https://apps.example/sine/ticket?color=red'].sort());
  expect([socket().url, socket().token]).toEqual(['wss://apps.example/sine/ws', 'new']);
  socket().live();
  expect(root.querySelector('.syncline-box')?.textContent).toBe('No view for my/Odd@1');
});

test('it wears our style sheet and then its own', async () => {
  answers['https://apps.example/sine/ticket?color=red'] = { body: { token: 'n', theme: 'theme' } };
  answers['https://apps.example/sine/theme'] = { body: 'theirs {}' };
  const { shadow } = await embedded();
  const texts = shadow.adoptedStyleSheets.map((sheet) => (sheet as unknown as Sheet).text);
  expect(texts).toEqual(['ours {}', 'theirs {}']);
});

test('a page that brings a token uses it, and leaves nothing in the tab', async () => {
  await embedded({ token: 'given' });
  expect([tokens(), asked]).toEqual([['given'], [SHEET]]);
  socket().live();
  expect(sessionStorage.length).toBe(0);
});

test('documents of the app are reached beside it', async () => {
  await embedded();
  socket().live('ui/Mount@1', { doc: 'a/b', mount: null });
  expect(Socket.all.length).toBe(2);
  expect(socket().url).toBe('wss://apps.example/sine/docs/a%2Fb/ws');
});

test('what the server says when it has no session stands there instead', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  const full = { ok: false, body: { text: 'The server is full.' } };
  answers['https://apps.example/sine/ticket?color=red'] = full;
  expect((await embedded()).root.textContent).toBe('The server is full.');
  expect(Socket.all).toEqual([]);
});

test('a server that cannot be reached is told without its words', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  delete answers[SHEET];
  expect((await embedded()).root.textContent).toBe('This app could not be loaded.');
});

test('after a reload the tab has the session that it had, each app its own', async () => {
  await embedded();
  socket().live();
  answers['https://apps.example/sine/ticket?color=red'] = { body: { token: 'second' } };
  await embedded();
  socket().live();
  come('reload');
  await embedded();
  await embedded();
  expect(tokens()).toEqual(['new', 'second', 'new', 'second']);
});

test('a session that has ended meanwhile is followed by a new one', async () => {
  await embedded();
  socket().live();
  come('reload');
  answers['https://apps.example/sine/ticket?color=red'] = { body: { token: 'next' } };
  const { root } = await embedded();
  socket().refuse();
  await until(() => Socket.all.length === 3);
  expect(tokens()).toEqual(['new', 'new', 'next']);
  socket().live();
  const shown = ['.syncline-box', '.syncline-status'].map((each) => root.querySelectorAll(each));
  expect(shown.map(({ length }) => length)).toEqual([1, 1]);
});

test('a session that ends when it was there is not followed by another one', async () => {
  await embedded();
  socket().live();
  come('reload');
  await embedded();
  socket().live();
  socket().refuse();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect([tokens(), asked.length]).toEqual([['new', 'new'], 3]);
});

test('a page that is come to anew takes no session of the one before', async () => {
  await embedded();
  socket().live();
  answers['https://apps.example/sine/ticket?color=red'] = { body: { token: 'other' } };
  // Nobody says that the page before is still there.
  vi.stubGlobal('BroadcastChannel', Silent);
  come('navigate');
  await embedded();
  expect(tokens()).toEqual(['new', 'other']);
});

test('when the page takes the place away its connection ends', async () => {
  const { place, root } = await embedded();
  socket().live();
  place.remove();
  await until(() => socket().closed);
  expect(root.textContent).toBe('');
});
