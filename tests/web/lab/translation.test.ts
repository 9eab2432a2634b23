import { afterEach, expect, test, vi } from 'vitest';
import type { Situation } from '../../../labextension/src/lab/situation';
import { plain, translateBy } from '../../../labextension/src/view/translation';
import { words as viewWords } from '../../../labextension/src/view/words';

vi.mock('@jupyterlab/translation', () => ({ ITranslator: {} }));
const { translation } = await import('../../../labextension/src/lab/plugins/translation');
const { words } = await import('../../../labextension/src/lab/words');

type Table = Readonly<Record<string, (...args: never[]) => string | null>>;
/** For each text of a table the arguments to have it with, one list for each form it has. */
type Uses<T extends Table> = { readonly [K in keyof T]: readonly Parameters<T[K]>[] };

const now = new Date();

// All that say something.
const situations: Readonly<Record<Exclude<Situation, 'live'>, null>> = {
  connecting: null,
  reconnecting: null,
  busy: null,
  restarting: null,
  dead: null,
  gone: null,
  ended: null,
  'no-kernel': null,
  'other-version': null,
};

const ours: Uses<typeof words> = {
  openPage: [[]],
  openDocumentPage: [[]],
  openPanel: [[]],
  copyLink: [['view'], ['edit']],
  copySessionLink: [[]],
  closeDocument: [[]],
  newNotebook: [[]],
  liveDocument: [[]],
  newNotebookHint: [[]],
  templateText: [[]],
  document: [[]],
  whichDocument: [[]],
  openIt: [[]],
  running: [[]],
  closeQuestion: [[]],
  closeWarning: [[]],
  endQuestion: [[]],
  endWarning: [[]],
  close: [[]],
  end: [[]],
  closeAll: [[]],
  closeAllWarning: [[]],
  revoke: [[]],
  failed: [[]],
  linkCopied: [
    ['view', now],
    ['edit', now],
  ],
  sessionLinkCopied: [[]],
  linkToCopy: [[]],
  linkRevoked: [[]],
  link: [
    ['view', now],
    ['edit', now],
  ],
  viewers: [[1], [2]],
  situation: (Object.keys(situations) as (keyof typeof situations)[]).map((each) => [each]),
  panelGone: [[true], [false]],
  closePanel: [[]],
  versions: [['1.0'], ['']],
  asWidget: [[]],
  valuesOf: [[now]],
  savedOutput: [[now], [null]],
  notKept: [[]],
  kept: [[1], [2]],
  waiting: [[1], [2]],
  lost: [[1], [2]],
};

const ofViews: Uses<typeof viewWords> = {
  ended: [[4400], [4401], [4404], [4406], [4413]],
  askAnew: [['This link is revoked.']],
  reload: [[]],
  viewing: [[]],
  connecting: [[]],
  reconnecting: [[]],
  back: [[]],
  overdue: [[]],
  kept: [[1], [2]],
  lost: [[1], [2]],
  refused: [
    ...[
      ['read-only', ''],
      ['not-yours', ''],
      ['unauthorised', ''],
      ['too-large', ''],
    ],
    ...[
      ['rate-limited', ''],
      ['stale-epoch', ''],
      ['invalid-value', 'at most 5'],
    ],
    ...[
      ['invalid-value', ''],
      ['internal', ''],
    ],
  ] as [string, string][],
  noOutput: [[]],
  image: [[]],
  linePlot: [[1], [2]],
  linePlotOf: [
    [1, 'a', 'b'],
    [2, 'a', 'b'],
  ],
  range: [['0', '1']],
  noValues: [[]],
  noView: [['ui/X']],
  notShown: [['ui/X']],
  notLoaded: [['ui/X']],
  insideItself: [['ui/X']],
  noneChosen: [[]],
  documentInsideItself: [[]],
  notReached: [[]],
};

const bundle = {
  __: (text: string) => `<${text}>`,
  _n: (one: string, many: string, n: number) => `<${n === 1 ? one : many}>`,
};

afterEach(() => translateBy(plain));

/** Every text of a table in every form, with its name. */
function texts<T extends Table>(table: T, uses: Uses<T>): [string, string | null][] {
  return Object.entries(table).flatMap(([name, say]) =>
    (uses[name] ?? []).map((args): [string, string | null] => [name, say(...(args as never[]))]),
  );
}

test.each([
  ['of JupyterLab', words, ours],
  ['of views', viewWords, ofViews],
])("every text %s comes from our bundle of JupyterLab's translator", async (_, table, uses) => {
  const asked: string[] = [];
  const translator = {
    load: (domain: string) => {
      asked.push(domain);
      return bundle;
    },
  };
  expect(await translation.activate({} as never, translator as never)).toBe(words);
  expect(asked).toEqual(['syncline']);
  expect(Object.keys(uses)).toEqual(Object.keys(table));
  for (const [name, text] of texts<Table>(table, uses as Uses<Table>)) {
    expect([name, text]).toEqual([name, expect.stringMatching(/^<[^<>]*>$/)]);
  }
});

test('without a translator the texts are as they are written, with their values', async () => {
  await translation.activate({} as never, null as never);
  expect(words.openPanel()).toBe('Open Document in a Panel');
  const said = [
    ...texts<Table>(words, ours as Uses<Table>),
    ...texts<Table>(viewWords, ofViews as Uses<Table>),
  ];
  for (const [, text] of said) expect(text).toMatch(/^(?=.*\w)(?!.*%\d)/s);
});
