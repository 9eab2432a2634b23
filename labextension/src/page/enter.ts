const INVALID =
  'This link is not valid any more, or the page was opened without it. Ask for a new one.';

// Any other fragment is a place in the page.
const TOKEN = /^#([\w-]+\.[\w-]+)$/;

/** The server does not let this page in. */
export class NotAdmitted extends Error {}

/**
 * Exchange the token in the fragment of the page's address for a cookie; without a token, ask whether that is good.
 *
 * Returns the documents that may be shown inside the page's own. The token leaves the address at once, so that it is
 * neither copied with it nor seen; another link to the same page that is opened in this tab begins anew.
 */
export async function enter(url: string): Promise<readonly string[]> {
  const token = TOKEN.exec(location.hash)?.[1];
  if (token) history.replaceState(null, '', location.pathname + location.search);
  addEventListener('hashchange', () => TOKEN.test(location.hash) && location.reload());
  const headers = { ...(token && { 'X-Syncline-Token': token }), 'X-XSRFToken': xsrf() };
  const response = await fetch(url, { method: 'POST', headers });
  if (response.status === 403) throw new NotAdmitted(INVALID);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()).mounts;
}

/** What Jupyter wants to be told of a request that changes something and has no token. */
function xsrf(): string {
  return /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? '';
}
