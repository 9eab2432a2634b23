import { Notification } from '@jupyterlab/apputils';
import type { ServerConnection } from '@jupyterlab/services';
import { makeLink, type Role, revokeLink } from './api';
import { copy, reported } from './dialogs';
import type { Named } from './displayed';
import { words } from './words';

// Milliseconds that a message is to be seen: time enough to take the link back.
const TOLD = 10_000;

/** Put the address of an app's session into the clipboard. */
export async function copySessionLink(url: string): Promise<void> {
  await copy(url);
  Notification.success(words.sessionLinkCopied(), { autoClose: TOLD });
}

/** Make a link to a document and put it into the clipboard. */
export async function copyLink(
  settings: ServerConnection.ISettings,
  named: Named,
  role: Role,
  seconds: number,
): Promise<void> {
  const { link, url } = await makeLink(settings, named, role, seconds);
  await copy(url);
  const revoke = async () => {
    await revokeLink(settings, link.id);
    Notification.info(words.linkRevoked(), { autoClose: TOLD });
  };
  Notification.success(words.linkCopied(role, new Date(link.expires * 1000)), {
    autoClose: TOLD,
    actions: [{ label: words.revoke(), callback: () => void reported(revoke) }],
  });
}
