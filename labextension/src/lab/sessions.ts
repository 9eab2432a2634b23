import type { JupyterFrontEnd } from '@jupyterlab/application';
import { linkIcon } from '@jupyterlab/ui-components';
import { reported } from './dialogs';
import { copySessionLink } from './sharing';
import { LISTED_SESSION } from './targets';
import { words } from './words';

/** The name of the command. */
export const COPY_SESSION_LINK = 'syncline:copy-link-session';

const ARGUMENTS = {
  type: 'object',
  properties: {
    session: { type: 'string', description: 'The id, else what was clicked is meant' },
  },
};

/** Add the command that copies the address of an app's session; `page` tells it by the id, if the session is there. */
export function addSessionCommand(
  app: JupyterFrontEnd,
  page: (session: string) => string | null,
): void {
  const found = ({ session }: { session?: unknown }) => page(String(session ?? clicked(app)));
  const there = (args: object) => found(args) !== null;
  app.commands.addCommand(COPY_SESSION_LINK, {
    label: words.copySessionLink,
    icon: linkIcon,
    describedBy: { args: ARGUMENTS },
    isVisible: there,
    isEnabled: there,
    execute: async (args) => {
      const url = found(args);
      return url && reported(() => copySessionLink(url));
    },
  });
}

function clicked(app: JupyterFrontEnd): string {
  const node = app.contextMenuHitTest(({ classList }) => classList.contains(LISTED_SESSION));
  return node?.dataset.context ?? '';
}
