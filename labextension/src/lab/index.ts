import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { commands } from './plugins/commands';
import { consoles } from './plugins/consoles';
import { launcher } from './plugins/launcher';
import { outputs } from './plugins/outputs';
import { running } from './plugins/running';
import { saving } from './plugins/saving';
import { toolbar } from './plugins/toolbar';
import { translation } from './plugins/translation';

/** What JupyterLab and Notebook 7 load of ours: a plugin for each thing they show. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  translation,
  outputs,
  consoles,
  saving,
  commands,
  toolbar,
  running,
  launcher,
];

export default plugins;
