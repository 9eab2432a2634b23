/** What the server tells the page about its document. */
export interface PageConfig {
  /** The websocket's address, relative to the page's. */
  readonly ws: string;
  readonly token: string | null;
  readonly title: string;
  /** The root to show; null shows all. */
  readonly mount: string | null;
}

/** Read the configuration the server wrote into the page; throws when it is not there. */
export function readConfig(page: Document = document): PageConfig {
  const text = page.getElementById('syncline-page')?.textContent;
  if (!text) throw new Error('the page names no document');
  const { ws, token = null, title = '', mount = null } = JSON.parse(text) as Partial<PageConfig>;
  if (typeof ws !== 'string') throw new Error('the page names no websocket');
  return { ws, token, title, mount };
}
