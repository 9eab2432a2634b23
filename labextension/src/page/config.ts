/** What the server tells the page about its document. */
export interface PageConfig {
  /** The websocket's address, relative to the page's. */
  readonly ws: string;
  readonly token: string | null;
  readonly title: string;
  /** The root to show; null shows all. */
  readonly mount: string | null;
  /** Whose session it is: everybody's, a browser's or user's, or this tab's alone. */
  readonly scope: 'global' | 'shared' | 'private';
  /** Where to ask for the session's end, relative to the page's address; null where nobody may. */
  readonly startOver: string | null;
  /** Where whoever looks at the page logs out, relative to its address; null where nobody is logged in. */
  readonly logout: string | null;
  /** Where the session is to be found, where that is by a cookie; null where it is not. */
  readonly place: string | null;
  /** The websocket's address of another document, as which `{doc}` stands, relative to the page's. */
  readonly docs: string | null;
  /** Where the token in the fragment of the page's address lets it in; null where it needs none. */
  readonly enter: string | null;
}

const DEFAULTS = {
  token: null,
  title: '',
  mount: null,
  scope: 'shared',
  startOver: null,
  logout: null,
  place: null,
  docs: null,
  enter: null,
} as const;

/** Read the configuration the server wrote into the page; throws when it is not there. */
export function readConfig(page: Document = document): PageConfig {
  const text = page.getElementById('syncline-page')?.textContent;
  if (!text) throw new Error('the page names no document');
  const config: PageConfig = { ...DEFAULTS, ...JSON.parse(text) };
  if (typeof config.ws !== 'string') throw new Error('the page names no websocket');
  return config;
}
