import '../../style/page.css';
import { mount } from '../view/mount';
import { readConfig } from './config';
import { Connections } from './connections';

/** Show the document the page names in its `#syncline-root`. */
function start(): void {
  const config = readConfig();
  const connections = new Connections(config.token);
  // Before the page is complete: the server can begin to answer.
  const { document: model } = connections.to(config.ws);
  const retitle = () => {
    document.title = model.title || config.title;
  };
  model.onTitle(retitle);
  model.onRoots(retitle);
  // Documents of the page's kernel stand beside the page's own websocket.
  const connect = (doc: string) =>
    connections.to(config.ws.replace(/ws$/, `docs/${encodeURIComponent(doc)}/ws`));
  whenParsed(() => {
    const element = document.getElementById('syncline-root');
    if (element) mount(model, config.mount, element, { connect });
  });
}

/** The script runs as soon as it is there, perhaps before the rest of the page. */
function whenParsed(then: () => void): void {
  if (document.getElementById('syncline-root') || document.readyState !== 'loading') then();
  else addEventListener('DOMContentLoaded', then, { once: true });
}

start();
