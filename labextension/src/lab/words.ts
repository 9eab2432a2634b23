import { VERSION } from '../sync/version';
import { trans } from '../view/translation';
import type { Situation } from './situation';

/** Every text of ours in JupyterLab that a user reads, besides those of views. */
export const words = {
  openPage: () => trans.__('Open as a page'),

  openDocumentPage: () => trans.__('Open Document as a Page'),
  openPanel: () => trans.__('Open Document in a Panel'),
  copyLink: (role: 'view' | 'edit') =>
    role === 'view'
      ? trans.__('Copy Link to View Document')
      : trans.__('Copy Link to Edit Document'),
  copySessionLink: () => trans.__('Copy Link to Session'),
  closeDocument: () => trans.__('Close Document…'),
  newNotebook: () => trans.__('Notebook with a Live Document'),
  liveDocument: () => trans.__('Live Document'),
  newNotebookHint: () => trans.__('Create a notebook that shows a live document'),

  templateText: () =>
    trans.__(
      '# A live document\n\nRun the next cell and move the slider: Python follows, and every view of it does. ' +
        'The button in the toolbar opens it in a panel beside the notebook, ↗ at the output as a page.',
    ),

  /** The name of a document without a title, by what it shows. */
  document: (kinds: readonly string[] = []) => kinds.join(', ') || trans.__('Document'),

  whichDocument: () => trans.__('Which document?'),
  openIt: () => trans.__('Open'),

  /** The section of the Running panel. */
  running: () => trans.__('Syncline Documents'),

  /** Before a document is closed. */
  closeQuestion: () => trans.__('Close this document?'),
  closeWarning: () =>
    trans.__(
      'All its views end, also those of other people. To have it again, run its cell again.',
    ),
  endQuestion: () => trans.__('End this session?'),
  endWarning: () =>
    trans.__('Its app stops, with all that was entered, for everybody who sees it.'),
  close: () => trans.__('Close'),
  end: () => trans.__('End Session'),
  closeAll: () => trans.__('Close All'),
  closeAllWarning: () =>
    trans.__('All documents and sessions of this list end, also for other people.'),
  revoke: () => trans.__('Revoke'),
  failed: () => trans.__('That did not work'),

  /** A link is in the clipboard. */
  linkCopied: (role: 'view' | 'edit', until: Date) =>
    role === 'view'
      ? trans.__('Link copied. Whoever has it can view the document until %1.', clock(until))
      : trans.__('Link copied. Whoever has it can edit the document until %1.', clock(until)),
  sessionLinkCopied: () =>
    trans.__('Link copied. It opens the session for all who may run code on this server.'),
  linkToCopy: () => trans.__('Copy this link'),
  linkRevoked: () => trans.__('The link is revoked.'),

  /** A link in a list. */
  link: (role: 'view' | 'edit', until: Date) =>
    role === 'view'
      ? trans.__('Link to view, until %1', clock(until))
      : trans.__('Link to edit, until %1', clock(until)),
  viewers: (count: number) => trans._n('1 view', '%1 views', count),

  /** How it stands with a document; nothing while it is live. */
  situation: (situation: Situation) => SITUATIONS[situation](),

  /** In a panel whose document is gone: it shows the next one from the same cell, if it has seen that cell. */
  panelGone: (follows: boolean) =>
    follows
      ? trans.__('This document is gone. Run its cell again, and this panel shows the new one.')
      : trans.__('This document is gone. Run its cell again, and open the new one.'),
  closePanel: () => trans.__('Close Panel'),

  /** Which versions there are of Syncline, of which only ours is known for sure. */
  versions: (theirs: string) =>
    theirs
      ? trans.__('The kernel has Syncline %1, this JupyterLab has %2.', theirs, VERSION)
      : trans.__('The kernel has another Syncline than this JupyterLab, which has %1.', VERSION),

  /** A document that the code of its kernel shows, as that of JupyterLab cannot. */
  asWidget: () => trans.__('A widget of the kernel shows this output.'),

  /** From when the values are that are still shown. */
  valuesOf: (time: Date) => trans.__('These are the values of %1.', clock(time)),

  /** What a notebook's file holds. */
  savedOutput: (time: Date | null) =>
    time
      ? trans.__('This is the output as it was saved at %1.', clock(time))
      : trans.__('This is the saved output.'),

  /** In the place of values that a notebook's file does not keep. */
  notKept: () => trans.__('A Syncline document; this notebook does not keep its values.'),

  /** Edits that will be sent. */
  kept: (count: number) =>
    trans._n('1 change is kept and sent later.', '%1 changes are kept and sent later.', count),

  /** Edits that the kernel has not taken yet. */
  waiting: (count: number) => trans._n('1 change waits for it.', '%1 changes wait for it.', count),

  /** Edits that nobody will ever take. */
  lost: (count: number) => trans._n('1 change was not sent.', '%1 changes were not sent.', count),
};

const SITUATIONS: Readonly<Record<Situation, () => string>> = {
  live: () => '',
  connecting: () => trans.__('Connecting…'),
  reconnecting: () => trans.__('Reconnecting…'),
  busy: () => trans.__('The kernel is busy.'),
  restarting: () => trans.__('The kernel is restarting.'),
  dead: () => trans.__('The kernel has died: restart it and run the cell again.'),
  gone: () => trans.__('The kernel does not have this document any more: run the cell again.'),
  ended: () => trans.__('The connection to this document has ended: reload the page.'),
  'no-kernel': () => trans.__('No kernel is connected.'),
  'other-version': () =>
    trans.__('They do not understand each other: install the same version in both.'),
};

/** An hour and minute; of another day with its date. */
function clock(time: Date): string {
  const text = time.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const today = time.toDateString() === new Date().toDateString();
  return today ? text : `${time.toLocaleDateString([], { dateStyle: 'medium' })}, ${text}`;
}
