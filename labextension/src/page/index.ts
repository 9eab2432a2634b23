import '../../style/page.css';
import { mount } from '../view/mount';
import { readConfig } from './config';
import { Connections } from './connections';

/** Show the document the page names in its `#syncline-root`. */
function start(element: HTMLElement): void {
  const config = readConfig();
  const connections = new Connections(config.token);
  const { document: model } = connections.to(config.ws);
  const retitle = () => {
    document.title = model.title || config.title;
  };
  model.onTitle(retitle);
  model.onRoots(retitle);
  mount(model, config.mount, element, {
    // Documents of the page's kernel stand beside the page's own websocket.
    connect: (doc) => connections.to(config.ws.replace(/ws$/, `docs/${encodeURIComponent(doc)}/ws`)),
  });
}

const element = document.getElementById('syncline-root');
if (element) start(element);
