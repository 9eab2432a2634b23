import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { consoles } from './plugins/consoles';
import { outputs } from './plugins/outputs';
import { saving } from './plugins/saving';

/** What JupyterLab and Notebook 7 load of ours: a plugin for each thing they show. */
const plugins: JupyterFrontEndPlugin<void>[] = [outputs, consoles, saving];

export default plugins;
