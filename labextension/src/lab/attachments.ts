import type { Kernel, ServerConnection } from '@jupyterlab/services';
import type { Document } from '../model/document';
import { Tab } from '../transports/tab';
import { Attachment, type Carrier } from './attachment';
import type { Situation } from './situation';

/** An output's hold on a shared attachment. */
export interface Lease {
  readonly document: Document;
  readonly carrier: Carrier | null;
  readonly hasPage: boolean;
  readonly situation: Situation;
  close(): void;
}

interface Entry {
  readonly attachment: Attachment;
  readonly listeners: Set<() => void>;
}

const entries = new Map<string, Entry>();
// JupyterLab's address changes with what is looked at: the name of a document says enough.
const tab = new Tab('lab');

// A reload or a closed tab sends nothing by itself: without this the kernel keeps the comm.
addEventListener('pagehide', () => {
  for (const { attachment } of entries.values()) attachment.close();
  entries.clear();
});

/** Reach a document of a kernel; `changed` is called when its situation or its carrier may have changed. */
export function attach(
  kernel: Kernel.IKernelConnection,
  doc: string,
  settings: ServerConnection.ISettings,
  changed: () => void,
): Lease {
  const key = `${kernel.id}/${doc}`;
  const entry = entries.get(key);
  if (entry) entry.attachment.join(kernel);
  const taken = entry ?? begin(kernel, doc, settings);
  entries.set(key, taken);
  taken.listeners.add(changed);
  return lease(key, taken, kernel, changed);
}

function begin(
  kernel: Kernel.IKernelConnection,
  doc: string,
  settings: ServerConnection.ISettings,
): Entry {
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  return { attachment: new Attachment(kernel, doc, settings, tab, changed), listeners };
}

function lease(
  key: string,
  entry: Entry,
  kernel: Kernel.IKernelConnection,
  changed: () => void,
): Lease {
  const { attachment, listeners } = entry;
  return {
    document: attachment.document,
    get carrier() {
      return attachment.carrier;
    },
    get hasPage() {
      return attachment.hasPage;
    },
    get situation() {
      return attachment.situation;
    },
    close() {
      if (!listeners.delete(changed)) return;
      if (!listeners.size && entries.get(key) === entry) entries.delete(key);
      attachment.leave(kernel);
    },
  };
}
