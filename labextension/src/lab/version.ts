/** The Syncline of these sources, as package.json has it. */
export const VERSION = '0.1.0';

/** The protocol it speaks: that of sync/messages.ts, which JupyterLab need not load to know it. */
export const PROTOCOL = 1;
