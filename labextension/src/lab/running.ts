import type { IRunningSessions } from '@jupyterlab/running';
import type { ServerConnection } from '@jupyterlab/services';
import { linkIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import {
  closeDocument,
  endSession,
  type Link,
  type ListedDocument,
  type ListedSession,
  type Listing,
  linksOf,
  listing,
  revokeLink,
} from './api';
import { reported, sure } from './dialogs';
import { icon } from './icon';
import type { ServerStatus } from './server';
import { COMMANDS, contextOf, LISTED, LISTED_SESSION } from './targets';
import { words } from './words';

/** One line of the list; `verb` is what its button does. */
interface Item extends IRunningSessions.IRunningItem {
  readonly verb: string;
}

/** The documents and sessions of this server, with the links to them. */
export class Running implements IRunningSessions.IManager {
  readonly name = words.running();
  readonly shutdownAllLabel = words.closeAll();
  readonly shutdownAllConfirmationText = words.closeAllWarning();
  readonly runningChanged = new Signal<this, void>(this);
  readonly supportsMultipleViews = false;
  private found: Listing = { documents: [], sessions: [] };
  private links: readonly Link[] = [];

  constructor(
    private readonly commands: CommandRegistry,
    private readonly settings: ServerConnection.ISettings,
    private readonly server: ServerStatus,
    private readonly me: () => string | undefined,
  ) {}

  running(): Item[] {
    const { documents, sessions } = this.found;
    const items = documents.flatMap((each) => [
      this.documentItem(each),
      ...this.links
        .filter(({ kernel, doc }) => kernel === each.kernel && doc === each.id)
        .map((link) => this.linkItem(link)),
    ]);
    return [...items, ...sessions.map((each) => this.sessionItem(each))];
  }

  shutdownLabel(item: IRunningSessions.IRunningItem): string {
    return (item as Item).verb;
  }

  shutdownAll(): void {
    const { settings } = this;
    const { documents, sessions } = this.found;
    void this.change(async () => {
      for (const { kernel, id } of documents) await closeDocument(settings, { kernel, doc: id });
      for (const { id } of sessions) await endSession(settings, id);
    });
  }

  refreshRunning(): void {
    void this.refresh().catch(() => undefined);
  }

  /** Ask the server; rejects when it does not answer. */
  async refresh(): Promise<void> {
    const { settings, edit, server } = this;
    const before = JSON.stringify([this.found, this.links]);
    const shared = edit && server.share_links;
    const [found, links] = await Promise.all([listing(settings), shared ? linksOf(settings) : []]);
    this.found = found;
    this.links = links;
    if (JSON.stringify([found, links]) !== before) this.runningChanged.emit();
  }

  /** The address of a session, for those who may open it. */
  pageOf(session: string): string | null {
    const found = this.found.sessions.find(({ id }) => id === session);
    return found && this.edit ? new URL(found.page, this.settings.baseUrl).href : null;
  }

  private get edit(): boolean {
    return this.server.role === 'edit';
  }

  private documentItem({ kernel, id: doc, title, types, peers, session }: ListedDocument): Item {
    const kinds = types.map((type) => type.replace(/^.*[/.]|@\d+$/g, ''));
    return {
      verb: words.close(),
      className: LISTED,
      context: contextOf(kernel, doc),
      icon: () => icon,
      label: () => title || words.document(kinds.slice(0, 3)),
      labelTitle: () => joined(session?.path, words.viewers(peers.length)),
      detail: () => joined(session?.name, words.viewers(peers.length)),
      open: () => void this.commands.execute(COMMANDS.openPanel, { kernel, doc }),
      ...this.ending(() => this.commands.execute(COMMANDS.close, { kernel, doc })),
    };
  }

  private sessionItem({ id, app, title, viewers, user }: ListedSession): Item {
    const { settings } = this;
    const page = this.pageOf(id);
    return {
      verb: words.end(),
      className: LISTED_SESSION,
      context: id,
      icon: () => icon,
      label: () => title || app,
      labelTitle: () => app,
      // One's own need no name; without an account that is a random one.
      detail: () => joined(user === this.me() ? '' : user, words.viewers(viewers)),
      ...(page && { open: () => void window.open(page, '_blank', 'noopener') }),
      ...this.ending(async () => {
        if (await sure(words.endQuestion(), words.endWarning())) await endSession(settings, id);
      }),
    };
  }

  private linkItem({ id, role, label, expires, open }: Link): Item {
    const name = joined(words.link(role, new Date(expires * 1000)), label);
    return {
      verb: words.revoke(),
      className: 'syncline-listed-link',
      icon: () => linkIcon,
      label: () => name,
      // The panel is narrow: what is nothing takes no room.
      labelTitle: () => joined(name, words.viewers(open)),
      detail: () => (open ? words.viewers(open) : ''),
      ...this.ending(() => revokeLink(this.settings, id)),
    };
  }

  /** The button of an item, for those who may. */
  private ending(end: () => Promise<unknown>): { shutdown?: () => void } {
    return this.edit ? { shutdown: () => void this.change(end) } : {};
  }

  private async change(fn: () => Promise<unknown>): Promise<void> {
    await reported(fn);
    this.refreshRunning();
  }
}

function joined(...parts: (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}
