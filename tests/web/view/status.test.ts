// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mount } from '../../../labextension/src/view/mount';
import { Living } from './living';

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function place(): HTMLElement {
  const node = document.createElement('div');
  document.body.append(node);
  return node;
}

const odd = () => ({ a: { type: 'my/Odd@1', props: { v: 1, w: 1 } } });

/** A mounted document, its place, and what its note says. */
function shown(start = true) {
  const living = new Living(odd());
  if (start) living.start();
  const node = place();
  mount(living.document, 'a', node);
  const note = node.querySelector('.syncline-status') as HTMLElement;
  return { living, node, note, says: () => note.textContent };
}

test('the note is a polite status, empty while all is well', () => {
  const { note, node } = shown();
  expect([note.role, note.getAttribute('aria-live')]).toEqual(['status', 'polite']);
  expect([note.textContent, node.dataset.synclineStatus]).toEqual(['', 'live']);
});

test('a first connection that takes its time says so', () => {
  const { living, says } = shown(false);
  vi.advanceTimersByTime(499);
  expect(says()).toBe('');
  vi.advanceTimersByTime(1);
  expect(says()).toBe('Connecting…');
  living.start();
  expect(says()).toBe('');
});

test('a short interruption says nothing', () => {
  const { living, node, says } = shown();
  living.transport.close(1006);
  expect([node.dataset.synclineStatus, says()]).toEqual(['offline', '']);
  vi.advanceTimersByTime(400);
  living.start();
  vi.advanceTimersByTime(10_000);
  expect(says()).toBe('');
});

test('attempts to connect are one interruption: it is said, and its end for a while', () => {
  const { living, says } = shown();
  living.transport.close(1006);
  vi.advanceTimersByTime(300);
  living.transport.open();
  vi.advanceTimersByTime(200);
  expect(says()).toBe('Reconnecting…');
  living.transport.close(1006);
  expect(says()).toBe('Reconnecting…');
  living.start();
  expect(says()).toBe('Connected again');
  vi.advanceTimersByTime(2499);
  expect(says()).toBe('Connected again');
  vi.advanceTimersByTime(1);
  expect(says()).toBe('');
});

test('while it is away the note counts what is kept, and repeats nothing', async () => {
  const { living, says, note } = shown();
  living.transport.close(1006);
  living.model('a').set('v', 2);
  vi.advanceTimersByTime(500);
  expect(says()).toBe('Offline: 1 change is kept and sent later');
  const seen = vi.fn();
  new MutationObserver(seen).observe(note, { characterData: true, subtree: true, childList: true });
  living.model('a').set('v', 3);
  await Promise.resolve();
  expect(seen).not.toHaveBeenCalled();
  living.model('a').set('w', 3);
  expect(says()).toBe('Offline: 2 changes are kept and sent later');
});

test('an answer that does not come is said, until it comes', () => {
  const { living, says } = shown();
  living.model('a').set('v', 2);
  vi.advanceTimersByTime(1199);
  expect(says()).toBe('');
  vi.advanceTimersByTime(1);
  expect(says()).toBe('Waiting for an answer…');
  living.edits();
  expect(says()).toBe('');
});

test('a hand that goes on while answers come is not told to wait', () => {
  const { living, says } = shown();
  for (let v = 2; v < 20; v++) {
    living.model('a').set('v', v);
    living.model('a').set('w', v);
    vi.advanceTimersByTime(500);
    expect(says()).toBe('');
    living.edits();
  }
});

test('an answer that does not come, and then the connection is lost: no moment of silence', () => {
  const { living, says } = shown();
  living.model('a').set('v', 2);
  vi.advanceTimersByTime(1500);
  living.transport.close(1006);
  expect(says()).toBe('Offline: 1 change is kept and sent later');
});

test.each([
  [4401, 'no access'],
  [4404, 'This session has ended.'],
  [4406, 'another version'],
])('what ends with %i says so at once and offers to reload', (code, text) => {
  const { living, node, note } = shown();
  living.transport.close(code);
  expect(note.textContent).toContain(text);
  expect(note.textContent).not.toContain('not sent');
  expect(note.classList).toContain('syncline-ended');
  expect(node.querySelector('button')?.textContent).toBe('Reload the page');
});

test('a link that was taken back says so, and does not offer to try again', () => {
  const { living, node, note } = shown();
  living.transport.close(4401, 'This link was taken back.');
  expect(note.textContent?.trim()).toBe('This link was taken back. Ask for a new one.');
  expect(note.classList).toContain('syncline-ended');
  expect(node.querySelector('button')).toBeNull();
});

test.each([
  [4401, 'no valid token'],
  [4404, 'This link is not what this is about.'],
])('of %i the reason "%s" is not for a reader', (code, reason) => {
  const { living, node, note } = shown();
  living.transport.close(code, reason);
  expect(note.textContent).not.toContain(reason);
  expect(node.querySelector('button')).not.toBeNull();
});

test('a session that has ended says what could not be sent; its button keeps the focus', () => {
  const { living, node, says } = shown();
  living.model('a').set('v', 2);
  living.transport.close(4404);
  expect(says()).toContain('1 change was not sent.');
  const button = node.querySelector('button');
  button?.focus();
  living.model('a').set('v', 3);
  expect(document.activeElement).toBe(button);
});

test('a place that is taken away says nothing more', () => {
  const living = new Living(odd()).start();
  const node = place();
  const dispose = mount(living.document, 'a', node);
  living.transport.close(1006);
  dispose();
  vi.advanceTimersByTime(1000);
  expect(node.dataset.synclineStatus).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test('a refused edit is said where it was made, for a while', () => {
  const living = new Living({ a: { type: 'my/Odd@1', props: { v: 1 } } }).start();
  const [here, there] = [place(), place()];
  for (const node of [here, there]) mount(living.document, 'a', node);
  const field = document.createElement('input');
  here.append(field);
  field.focus();
  living.model('a').set('v', 2);
  living.refuse('invalid-value', 'v: at most 1');
  const notes = [here, there].map((node) => node.querySelector('.syncline-status'));
  expect(notes[0]?.textContent).toBe('Your change was not kept: at most 1');
  expect(notes[1]?.textContent).toBe('');
  vi.advanceTimersByTime(10_000);
  expect(notes[0]?.textContent).toBe('');
});

test('a document that is only to be looked at says so', () => {
  const living = new Living(odd()).start(true);
  const node = place();
  mount(living.document, 'a', node);
  expect(node.querySelector('.syncline-viewing')?.textContent).toContain('Read-only');
  living.transport.close(1006);
  living.start(false);
  expect(node.querySelector('.syncline-viewing')).toBeNull();
  expect(node.querySelector('.syncline-status')?.textContent).toBe('');
});
