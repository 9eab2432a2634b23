import type { Kernel } from '@jupyterlab/services';

/** How it stands with a document: what its kernel, the connections to it and the document say together. */
export type Situation =
  | 'connecting'
  | 'live'
  | 'reconnecting'
  /** Its messages wait for a cell that runs. */
  | 'busy'
  | 'restarting'
  | 'dead'
  /** The kernel is there, and says that it does not have the document. */
  | 'gone'
  /** Nothing will be tried any more. */
  | 'ended'
  | 'no-kernel'
  | 'other-version';

/** Those in which the view may be used: what is edited will be sent. */
export const USABLE: ReadonlySet<Situation> = new Set(['live', 'reconnecting', 'busy']);

/** Whether a kernel is being replaced by a new one. */
export function restarting(kernel: Kernel.IKernelConnection): boolean {
  return kernel.status === 'restarting' || kernel.status === 'autorestarting';
}

/** Whether nothing will come from a kernel any more. */
export function dead(kernel: Kernel.IKernelConnection): boolean {
  return kernel.isDisposed || kernel.status === 'dead' || kernel.status === 'terminating';
}

/** Whether a kernel can be asked something. */
export function reachable(kernel: Kernel.IKernelConnection): boolean {
  return !dead(kernel) && !restarting(kernel) && kernel.connectionStatus === 'connected';
}
