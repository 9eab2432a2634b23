import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import type { ServiceManager } from '@jupyterlab/services';
import { Debouncer, Poll } from '@lumino/polling';
import { displayedChanged } from '../displayed';
import { Running } from '../running';
import { serverStatus } from '../server';
import { addSessionCommand } from '../sessions';
import { IWords, type Words } from './translation';

// Milliseconds: between two looks while the list is to be seen, and after a change in this page.
const INTERVAL = 5000;
const SOON = 500;

/** The documents and sessions of this server in the Running panel. */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'syncline-lab:running',
  description: 'Lists live documents, their links and sessions of apps in the Running panel.',
  autoStart: true,
  requires: [IWords],
  optional: [IRunningSessionManagers],
  activate: (app, _: Words, managers: IRunningSessionManagers | null) => {
    if (!managers) return;
    const { commands, serviceManager } = app;
    const { serverSettings, user } = serviceManager;
    const me = () => user.identity?.username;
    // JupyterLab's start does not wait for this.
    void serverStatus(serverSettings).then((server) => {
      if (!server) return;
      const list = new Running(commands, serverSettings, server, me);
      managers.add(list);
      addSessionCommand(app, (session) => list.pageOf(session));
      keepFresh(list, serviceManager);
    });
  },
};

function keepFresh(list: Running, { kernels }: ServiceManager.IManager): void {
  const soon = new Debouncer(() => list.refreshRunning(), SOON);
  const look = () => void soon.invoke();
  displayedChanged.connect(look);
  kernels.runningChanged.connect(look);
  const poll = new Poll({
    name: 'syncline-lab:running',
    factory: () => list.refresh(),
    frequency: { interval: INTERVAL, backoff: true, max: 12 * INTERVAL },
    standby: () => document.hidden || !isSeen(),
  });
  void poll.start();
  look();
}

function isSeen(): boolean {
  return [...document.querySelectorAll('.jp-RunningSessions')].some((each) =>
    each.checkVisibility(),
  );
}
