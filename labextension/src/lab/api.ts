import { ServerConnection } from '@jupyterlab/services';
import type { Named } from './displayed';

type Settings = ServerConnection.ISettings;
export type Role = 'view' | 'edit';

/** A document of a running kernel, as the server knows it. */
export interface ListedDocument {
  readonly kernel: string;
  readonly id: string;
  readonly title: string;
  /** The types of its roots, the first of them. */
  readonly types: readonly string[];
  readonly peers: readonly { readonly user: string | null; readonly role: string }[];
  /** Jupyter's session of its kernel. */
  readonly session: { readonly name: string; readonly path: string } | null;
}

/** A session of an app that this server runs. */
export interface ListedSession {
  readonly id: string;
  readonly app: string;
  readonly title: string;
  readonly viewers: number;
  readonly user: string | null;
  /** The path and query of its page. */
  readonly page: string;
}

/** What lets somebody else into a document, without the secret of it. */
export interface Link {
  readonly id: string;
  readonly kernel: string;
  readonly doc: string;
  readonly role: Role;
  readonly label: string;
  /** Seconds since 1970. */
  readonly expires: number;
  /** How many pages are connected by it. */
  readonly open: number;
}

/** What runs on the server. */
export interface Listing {
  readonly documents: readonly ListedDocument[];
  readonly sessions: readonly ListedSession[];
}

/** Ask what runs. */
export function listing(settings: Settings): Promise<Listing> {
  return call(settings, 'GET', 'documents');
}

/** Close a document for all who see it. */
export function closeDocument(settings: Settings, { kernel, doc }: Named): Promise<void> {
  return call(settings, 'DELETE', `documents/${encodeURIComponent(kernel)}/${doc}`);
}

/** End an app's session. */
export function endSession(settings: Settings, id: string): Promise<void> {
  return call(settings, 'DELETE', `sessions/${encodeURIComponent(id)}`);
}

/** Ask for the links that are good. */
export async function linksOf(settings: Settings): Promise<readonly Link[]> {
  return (await call<{ links: Link[] }>(settings, 'GET', 'links')).links;
}

/** Make a link, good for so many seconds; its address is told once. */
export async function makeLink(
  settings: Settings,
  { kernel, doc }: Named,
  role: Role,
  seconds: number,
): Promise<{ link: Link; url: string }> {
  const body = { kernel, doc, role, expires_in: seconds };
  const made = await call<{ link: Link; url: string }>(settings, 'POST', 'links', body);
  // The server may be behind a proxy: only the page knows where both are.
  return { link: made.link, url: new URL(made.url, settings.baseUrl).href };
}

/** Revoke a link; its open pages end. */
export function revokeLink(settings: Settings, id: string): Promise<void> {
  return call(settings, 'DELETE', `links/${encodeURIComponent(id)}`);
}

async function call<Answer>(
  settings: Settings,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const init = body ? { method, body: JSON.stringify(body) } : { method };
  const url = `${settings.baseUrl}syncline/api/${path}`;
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok) throw await ServerConnection.ResponseError.create(response);
  return response.status === 204 ? (undefined as Answer) : response.json();
}
