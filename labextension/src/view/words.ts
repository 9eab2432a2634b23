import { trans } from './translation';

/** Every text of ours around and in views that a user reads. */
export const words = {
  /** Why a connection is over, by the code that it was closed with (SPEC 5.9); null where it may come back. */
  ended: (code: number): string | null => ENDED[code]?.() ?? null,
  /** Of a link that leads here no more, by what it says of itself. */
  askAnew: (said: string) => trans.__('%1 Ask for a new one.', said),
  reload: () => trans.__('Reload the page'),
  viewing: () => trans.__('Read-only: you see changes, and cannot make any.'),

  connecting: () => trans.__('Connecting…'),
  reconnecting: () => trans.__('Reconnecting…'),
  back: () => trans.__('Connected again'),
  overdue: () => trans.__('Waiting for an answer…'),

  /** Edits that will be sent. */
  kept: (count: number) =>
    trans._n(
      'Offline: 1 change is kept and sent later',
      'Offline: %1 changes are kept and sent later',
      count,
    ),

  /** Edits that nobody will ever take. */
  lost: (count: number) => trans._n('1 change was not sent.', '%1 changes were not sent.', count),

  /** An edit that was not kept, by the code of the refusal (SPEC 3.2); of a value, with what its check says. */
  refused: (code: string, said: string) => (REFUSED[code] ?? refused)(said),

  noOutput: () => trans.__('This output cannot be shown here.'),
  image: () => trans.__('Output image'),

  /** A plot, for those who do not see it: how much, and from where to where on the x axis. */
  linePlot: (count: number) =>
    trans._n('Line plot, %2 point', 'Line plot, %2 points', count, count.toLocaleString()),
  linePlotOf: (count: number, first: string, last: string) =>
    trans._n(
      'Line plot, %2 point from %3 to %4',
      'Line plot, %2 points from %3 to %4',
      count,
      count.toLocaleString(),
      first,
      last,
    ),
  /** The values of one of its lines. */
  range: (low: string, high: string) => trans.__('%1 to %2', low, high),
  noValues: () => trans.__('no values'),

  noView: (type: string) => trans.__('No view for %1', type),
  notShown: (type: string) => trans.__('%1 could not be shown', type),
  notLoaded: (type: string) => trans.__('%1 could not be loaded', type),
  insideItself: (type: string) => trans.__('%1 is shown inside itself', type),

  /** In place of another document. */
  noneChosen: () => trans.__('No document chosen'),
  documentInsideItself: () => trans.__('This document is shown inside itself'),
  notReached: () => trans.__('Other documents cannot be reached from here'),
};

const ENDED: Readonly<Record<number, () => string>> = {
  4400: () => trans.__('The server does not understand this page.'),
  4401: () =>
    trans.__(
      'This page has no access any more: its session has ended, or you have been signed out.',
    ),
  4404: () => trans.__('This session has ended.'),
  4406: () => trans.__('The server has another version than this page.'),
  4413: () => trans.__('Something was too large to be sent.'),
};

const refused = (): string => trans.__('Your change was not kept.');

// Those that say something to whoever made the change.
const REFUSED: Readonly<Record<string, (said: string) => string>> = {
  'read-only': () => trans.__('Your change was not kept: this document is read-only.'),
  'not-yours': () => trans.__('Your change was not kept: it cannot be made from here.'),
  unauthorised: () => trans.__('Your change was not kept: you may not make it.'),
  'too-large': () => trans.__('Your change was not kept: it is too large.'),
  'rate-limited': () => trans.__('Your change was not kept: there were too many at once.'),
  'stale-epoch': () =>
    trans.__('Your change was not kept: the session that it was made in has ended.'),
  'invalid-value': (said) => (said ? trans.__('Your change was not kept: %1', said) : refused()),
};
