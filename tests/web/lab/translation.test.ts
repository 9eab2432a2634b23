import { afterEach, expect, test, vi } from 'vitest';

vi.mock('@jupyterlab/translation', () => ({ ITranslator: {} }));
const { translation } = await import('../../../labextension/src/lab/plugins/translation');
const { translateBy, words } = await import('../../../labextension/src/lab/words');

afterEach(() => translateBy({ __: (text) => text, _n: (one) => one }));

test("every text of ours comes from our bundle of JupyterLab's translator", async () => {
  const asked: string[] = [];
  const bundle = {
    __: (text: string) => `<${text}>`,
    _n: (one: string) => `<${one}>`,
  };
  const translator = {
    load: (domain: string) => {
      asked.push(domain);
      return bundle;
    },
  };
  const given = await translation.activate({} as never, translator as never);
  expect(asked).toEqual(['syncline']);
  expect(given).toBe(words);
  const now = new Date();
  const texts = [
    ...['openPage', 'openPanel', 'openDocumentPage', 'closeDocument', 'newNotebook', 'running'],
    ...['closeQuestion', 'closeWarning', 'endQuestion', 'endWarning', 'close', 'closeAll', 'end'],
    ...['templateText', 'newNotebookHint', 'whichDocument', 'openIt', 'revoke', 'failed'],
    ...[
      'copySessionLink',
      'sessionLinkCopied',
      'linkToCopy',
      'linkRevoked',
      'closeAllWarning',
      'document',
    ],
  ].map((name) => (words as unknown as Record<string, () => string>)[name]?.());
  texts.push(words.copyLink('view'), words.copyLink('edit'), words.link('view', now));
  texts.push(words.linkCopied('edit', now), words.viewers(1), words.situation('gone'));
  for (const text of texts) expect(text).toMatch(/^<[\s\S]*>$/);
});

test('without a translator the texts are as they are written', async () => {
  translateBy({ __: (text) => text, _n: (one) => one });
  await translation.activate({} as never, null as never);
  expect(words.openPanel()).toBe('Open Document in a Panel');
});
