import type { JupyterFrontEnd } from '@jupyterlab/application';
import { closeIcon, editIcon, type LabIcon, launchIcon, linkIcon } from '@jupyterlab/ui-components';
import { closeDocument, type Role } from './api';
import { chooseOf, reported, sure } from './dialogs';
import { displayedChanged } from './displayed';
import { icon } from './icon';
import type { Panels } from './panels';
import { pageUrl, type ServerStatus, serverStatus } from './server';
import { copyLink } from './sharing';
import { type Candidate, COMMANDS, candidates, type Where } from './targets';
import { words } from './words';

const HOUR = 3600;
const text = (description: string) => ({ type: 'string', description });
const ARGUMENTS = {
  type: 'object',
  properties: {
    kernel: text('The id of the kernel that has the document'),
    doc: text('The id of the document'),
    tab: text('The id of the tab that shows the document, when it is not the current one'),
    clicked: { type: 'boolean', description: 'Whether it is what a context menu is about' },
  },
};

/** One thing to do with a document. */
interface Deed {
  readonly icon: LabIcon;
  readonly label: () => string;
  readonly run: (candidate: Candidate) => unknown;
  /** Whether it can be done on this server, by this user. */
  readonly offered: (server: ServerStatus | null) => boolean;
}

/** What the user has set. */
export interface Options {
  /** How long links are good. */
  linkHours: number;
}

/** Add the commands about documents. */
export function addCommands(app: JupyterFrontEnd, panels: Panels, options: Options): void {
  const { commands, serviceManager, shell } = app;
  const all = deeds(app, panels, options);
  let server: ServerStatus | null = null;
  for (const [id, deed] of Object.entries(all)) add(app, id, deed, () => deed.offered(server));
  const notify = () => {
    for (const id of Object.keys(all)) commands.notifyCommandChanged(id);
  };
  displayedChanged.connect(notify);
  shell.currentChanged?.connect(notify);
  void serverStatus(serviceManager.serverSettings).then((status) => {
    server = status;
    notify();
  });
}

function deeds(app: JupyterFrontEnd, panels: Panels, options: Options): Record<string, Deed> {
  const { serverSettings } = app.serviceManager;
  const link = (role: Role): Deed => ({
    icon: role === 'view' ? linkIcon : editIcon,
    label: () => words.copyLink(role),
    run: (each) => copyLink(serverSettings, each, role, options.linkHours * HOUR),
    offered: (server) => server?.role === 'edit' && server.share_links,
  });
  const openPage = ({ kernel, doc }: Candidate) =>
    window.open(pageUrl(serverSettings, kernel, doc), '_blank', 'noopener');
  const close = async (each: Candidate) => {
    if (await sure(words.closeQuestion(), words.closeWarning())) {
      await closeDocument(serverSettings, each);
    }
  };
  return {
    [COMMANDS.openPanel]: {
      icon,
      label: words.openPanel,
      run: (each) => panels.open(each),
      offered: () => true,
    },
    [COMMANDS.openPage]: {
      icon: launchIcon,
      label: words.openDocumentPage,
      run: openPage,
      offered: (server) => server !== null,
    },
    [COMMANDS.copyViewLink]: link('view'),
    [COMMANDS.copyEditLink]: link('edit'),
    [COMMANDS.close]: {
      icon: closeIcon,
      label: words.closeDocument,
      run: close,
      offered: (server) => server?.role === 'edit',
    },
  };
}

function add(app: JupyterFrontEnd, id: string, deed: Deed, offered: () => boolean): void {
  const found = (args: object) => (offered() ? candidates(app, args as Where) : []);
  app.commands.addCommand(id, {
    label: deed.label,
    icon: deed.icon,
    describedBy: { args: ARGUMENTS },
    // A notebook without a document has no button.
    isVisible: (args) => offered() && (!args.tab || found(args).length > 0),
    isEnabled: (args) => found(args).length > 0,
    execute: async (args) => {
      const candidate = await choose(found(args));
      return candidate && reported(async () => deed.run(candidate));
    },
  });
}

async function choose(all: Candidate[]): Promise<Candidate | undefined> {
  if (all.length < 2) return all[0];
  return all[await chooseOf(all.map(({ title }) => title || words.document()))];
}
