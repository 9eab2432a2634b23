import { ServerConnection } from '@jupyterlab/services';
import { PROTOCOL } from '../sync/version';

/** What a server with our extension says of itself. */
export interface ServerStatus {
  readonly protocol: { readonly version: number; readonly min: number };
  /** As what the user of this page is let in. */
  readonly role: string;
  /** Whether links to documents may be given away. */
  readonly share_links: boolean;
}

const probes = new Map<string, Promise<ServerStatus | null>>();

/**
 * Tell whether the server has our extension, and it our protocol, or with null that it cannot be reached.
 *
 * Asked once per server; again after a failure, and when what is known may be out of date.
 */
export async function hasExtension(
  settings: ServerConnection.ISettings,
  again = false,
): Promise<boolean | null> {
  return probe(settings, again).then(Boolean, () => null);
}

/** What our extension says of itself; null where `hasExtension` is not true. */
export function serverStatus(settings: ServerConnection.ISettings): Promise<ServerStatus | null> {
  return probe(settings).catch(() => null);
}

function probe(settings: ServerConnection.ISettings, again = false): Promise<ServerStatus | null> {
  const key = settings.baseUrl;
  const known = again ? undefined : probes.get(key);
  const asked = known ?? ask(settings);
  probes.set(key, asked);
  asked.catch(() => {
    if (probes.get(key) === asked) probes.delete(key);
  });
  return asked;
}

async function ask(settings: ServerConnection.ISettings): Promise<ServerStatus | null> {
  // Not fetch(): behind a hub even this request needs the XSRF header.
  const url = `${settings.baseUrl}syncline/api/status`;
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) return null;
  const status: ServerStatus = await response.json();
  const { version, min } = status.protocol;
  // A server that was updated may have more than the page that was loaded before.
  return min <= PROTOCOL && PROTOCOL <= version ? status : null;
}

/** The websocket onto a document in a running kernel. */
export function attachUrl(
  settings: ServerConnection.ISettings,
  kernel: string,
  doc: string,
): string {
  const url = `${settings.wsUrl}syncline/attach/${encodeURIComponent(kernel)}/${doc}`;
  // As for JupyterLab's own websockets: the cookie does it unless the server is another one.
  const token = settings.appendToken ? settings.token : '';
  return token ? `${url}?token=${encodeURIComponent(token)}` : url;
}

/** The address of the same document as a page of its own. */
export function pageUrl(settings: ServerConnection.ISettings, kernel: string, doc: string): string {
  return `${settings.baseUrl}syncline/doc/${encodeURIComponent(kernel)}/${doc}`;
}
