import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';
import { displayedBy, displayedIn, type Named } from './displayed';
import { DocumentPanel } from './panel';

/** The names of the commands about a document; their arguments are those of `Where`. */
export const COMMANDS = {
  openPanel: 'syncline:open-panel',
  openPage: 'syncline:open-page',
  copyViewLink: 'syncline:copy-link-view',
  copyEditLink: 'syncline:copy-link-edit',
  close: 'syncline:close-document',
} as const;

/** A document that a command may be about; with a title when it is shown in this page. */
export type Candidate = Named & { readonly title?: string };

/** What the arguments of our commands may say of the document they are about. */
export interface Where {
  readonly kernel?: string;
  readonly doc?: string;
  /** What was clicked: the command is in a context menu. */
  readonly clicked?: boolean;
  /** The id of a tab, where it is not the current one. */
  readonly tab?: string;
}

/** Items of lists say in `data-context` which document they are about. */
export const LISTED = 'syncline-listed';
/** The same, about a session of an app. */
export const LISTED_SESSION = 'syncline-listed-session';

/** The documents that a command may be about: the first to be preferred, none where it makes no sense. */
export function candidates(app: JupyterFrontEnd, where: Where): Candidate[] {
  const { kernel, doc, clicked, tab } = where;
  if (kernel && doc) return [{ kernel, doc }];
  if (clicked) return underMenu(app);
  const widget = tab ? tabOf(app, tab) : app.shell.currentWidget;
  return widget ? shownBy(widget) : [];
}

/** The context of a listed document. */
export function contextOf(kernel: string, doc: string): string {
  return `${kernel}/${doc}`;
}

function underMenu(app: JupyterFrontEnd): Candidate[] {
  let found: Candidate[] = [];
  app.contextMenuHitTest((node) => {
    if (node.classList.contains('syncline-output-area')) found = displayedIn(node);
    else if (node.classList.contains(LISTED)) found = listed(node);
    return found.length > 0;
  });
  return found;
}

function listed({ dataset }: HTMLElement): Candidate[] {
  const [kernel, doc] = (dataset.context ?? '').split('/');
  return kernel && doc ? [{ kernel, doc }] : [];
}

function tabOf({ shell }: JupyterFrontEnd, id: string): Widget | null {
  // In Notebook 7 panels stand at the right.
  for (const area of ['main', 'right'])
    for (const widget of shell.widgets(area)) if (widget.id === id) return widget;
  return null;
}

function shownBy(widget: Widget): Candidate[] {
  if (widget instanceof DocumentPanel) return displayedIn(widget.node);
  const active = widget.node.querySelector('.jp-Cell.jp-mod-active');
  const first = active ? displayedIn(active) : [];
  return first.length === 1 ? first : displayedBy(kernelOf(widget));
}

function kernelOf(widget: Widget): string {
  const { sessionContext } = widget as unknown as HasSession;
  return sessionContext?.session?.kernel?.id ?? '';
}

/** Notebooks and consoles alike. */
interface HasSession {
  readonly sessionContext?: { readonly session?: { readonly kernel?: { readonly id: string } } };
}
