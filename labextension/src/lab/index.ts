import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { outputs } from './plugins/outputs';

/** What JupyterLab and Notebook 7 load of ours: a plugin for each thing they show. */
const plugins: JupyterFrontEndPlugin<void>[] = [outputs];

export default plugins;
