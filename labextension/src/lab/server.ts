import { ServerConnection } from '@jupyterlab/services';
import { PROTOCOL } from './version';

const probes = new Map<string, Promise<boolean>>();

/**
 * Tell whether the server has our extension, and it our protocol, or with null that it cannot be reached.
 *
 * Asked once per server; again after a failure, and when what is known may be out of date.
 */
export function hasExtension(
  settings: ServerConnection.ISettings,
  again = false,
): Promise<boolean | null> {
  const key = settings.baseUrl;
  const known = again ? undefined : probes.get(key);
  const probe = known ?? ask(settings);
  probes.set(key, probe);
  return probe.catch(() => {
    if (probes.get(key) === probe) probes.delete(key);
    return null;
  });
}

async function ask(settings: ServerConnection.ISettings): Promise<boolean> {
  // Not fetch(): behind a hub even this request needs the XSRF header.
  const url = `${settings.baseUrl}syncline/api/status`;
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) return false;
  // A server that was updated may have more than the page that was loaded before.
  const { version, min } = (await response.json()).protocol;
  return min <= PROTOCOL && PROTOCOL <= version;
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
