// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { readConfig } from '../../../labextension/src/page/config';

function page(text: string | null): Document {
  const made = document.implementation.createHTMLDocument();
  if (text === null) return made;
  const script = made.createElement('script');
  script.type = 'application/json';
  script.id = 'syncline-page';
  script.textContent = text;
  made.body.append(script);
  return made;
}

test('the page says where its document is', () => {
  const expected = {
    ws: 'app/ws',
    token: 't',
    title: 'App',
    mount: null,
    scope: 'private',
    startOver: 'app/start-over',
    logout: 'logout',
    place: 'p',
    docs: 'app/docs/{doc}/ws',
    enter: null,
  };
  expect(readConfig(page(JSON.stringify(expected)))).toEqual(expected);
});

test('what is left out has a default', () => {
  expect(readConfig(page('{"ws":"ws"}'))).toEqual({
    ws: 'ws',
    token: null,
    title: '',
    mount: null,
    scope: 'shared',
    startOver: null,
    logout: null,
    place: null,
    docs: null,
    enter: null,
  });
});

test('a page without a document is an error that says so', () => {
  expect(() => readConfig(page(null))).toThrow('names no document');
  expect(() => readConfig(page('{}'))).toThrow('names no websocket');
});
