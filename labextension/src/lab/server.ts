import { ServerConnection } from '@jupyterlab/services';

const probes = new Map<string, Promise<boolean>>();

/** Tell whether the server has our extension; asked once per server, again after a failure. */
export function hasExtension(settings: ServerConnection.ISettings): Promise<boolean> {
  const key = settings.baseUrl;
  let probe = probes.get(key);
  if (!probe) {
    probe = ask(settings);
    probes.set(key, probe);
    probe.catch(() => probes.delete(key));
  }
  return probe.catch(() => false);
}

async function ask(settings: ServerConnection.ISettings): Promise<boolean> {
  // Not fetch(): behind a hub even this request needs the XSRF header.
  const url = `${settings.baseUrl}syncline/api/status`;
  const response = await ServerConnection.makeRequest(url, {}, settings);
  return response.ok;
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
