import { how, Tab } from '../transports/tab';
import { mount } from '../view/mount';
import { type PageConfig, readConfig } from './config';
import { Connections } from './connections';
import { enter, NotAdmitted } from './enter';
import { meet } from './meeting';
import { showMenu } from './menu';
import { showPieces } from './pieces';

const TOKEN = 'token';
const UNREACHABLE = 'The server could not be reached. Load the page again.';

/** Show the document the page names in its `#syncline-root`, or its roots one by one. */
function start(): void {
  const config = readConfig();
  const tab = new Tab();
  if (config.enter) {
    enter(config.enter).then(
      (mounts) => show(config, tab, [], mounts),
      (error) => whenParsed(() => refuse(error)),
    );
    return;
  }
  const earlier = earlierToken(config, tab);
  // Before the page is complete: the server can begin to answer.
  if (earlier) void earlier.then((token) => show(config, tab, token ? [token] : []));
  else show(config, tab, []);
}

/** The token of the tab's last page, where a session is the tab's alone; null, at once, where there is none. */
function earlierToken({ scope }: PageConfig, tab: Tab): Promise<string | null> | null {
  // A link that is followed, and an address that is typed, begin anew.
  const again = how() === 'reload' || how() === 'back_forward';
  return scope === 'private' && again ? tab.take(TOKEN) : null;
}

/** Show the document; with `mounts`, no others than these inside it. */
function show(config: PageConfig, tab: Tab, earlier: string[], mounts?: readonly string[]): void {
  const connections = new Connections([...earlier, config.token], tab);
  const { document: model } = connections.to(config.ws);
  const retitle = () => {
    document.title = model.title || config.title;
  };
  model.onTitle(retitle);
  model.onRoots(retitle);
  if (config.place) void meet(config.place, tab, () => location.reload());
  if (config.scope === 'private') {
    model.onStatus((status) => status === 'live' && tab.leave(TOKEN, connections.token));
  }
  const { docs } = config;
  const connect = (doc: string) => {
    if (docs === null || (mounts && !mounts.includes(doc))) return null;
    return connections.to(docs.replace('{doc}', encodeURIComponent(doc)));
  };
  whenParsed(() => {
    const element = document.getElementById('syncline-root');
    if (element) mount(model, config.mount, element, { connect });
    else showPieces(model, connect);
    const { startOver: url, logout } = config;
    const ended = (): void => {
      connections.forget();
      tab.leave(TOKEN, null);
      location.reload();
    };
    const ending = url ? { document: model, url, token: () => connections.token, ended } : null;
    if (ending || logout) showMenu(ending, logout);
  });
}

/** Say in the page why there is nothing to see. */
function refuse(error: unknown): void {
  const place = document.getElementById('syncline-root') ?? document.body;
  const text = document.createElement('p');
  text.className = 'syncline-box';
  text.setAttribute('role', 'alert');
  text.textContent = error instanceof NotAdmitted ? error.message : UNREACHABLE;
  place.append(text);
}

/** The script runs as soon as it is there, perhaps before the rest of the page. */
function whenParsed(then: () => void): void {
  if (document.getElementById('syncline-root') || document.readyState !== 'loading') then();
  else addEventListener('DOMContentLoaded', then, { once: true });
}

// A foreign page into which an app is embedded has this file, too.
if (document.getElementById('syncline-page')) start();
