import type { Kernel, ServerConnection } from '@jupyterlab/services';
import type { Document } from '../model/document';
import { Attachment, type Carrier } from './attachment';

/** An output's hold on a shared attachment. */
export interface Lease {
  readonly document: Document;
  readonly carrier: Carrier | null;
  readonly hasPage: boolean;
  /** Whether the kernel has said that it does not have the document. */
  readonly gone: boolean;
  close(): void;
}

interface Entry {
  readonly attachment: Attachment;
  readonly listeners: Set<() => void>;
}

const entries = new Map<string, Entry>();

// A reload or a closed tab sends nothing by itself: without this the kernel keeps the comm.
addEventListener('pagehide', () => {
  for (const { attachment } of entries.values()) attachment.close();
  entries.clear();
});

/** Reach a document of a kernel; `changed` is called when its carrier has been chosen. */
export function attach(
  kernel: Kernel.IKernelConnection,
  doc: string,
  settings: ServerConnection.ISettings,
  changed: () => void,
): Lease {
  // By connection, not only by kernel: a comm goes with the kernel connection it was made on.
  const key = `${kernel.id}/${kernel.clientId}/${doc}`;
  const entry = entries.get(key) ?? begin(kernel, doc, settings);
  entries.set(key, entry);
  entry.listeners.add(changed);
  return lease(key, entry, changed);
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
  return { attachment: new Attachment(kernel, doc, settings, changed), listeners };
}

function lease(key: string, entry: Entry, changed: () => void): Lease {
  const { attachment, listeners } = entry;
  return {
    document: attachment.document,
    get carrier() {
      return attachment.carrier;
    },
    get hasPage() {
      return attachment.hasPage;
    },
    get gone() {
      return attachment.gone;
    },
    close() {
      listeners.delete(changed);
      if (listeners.size) return;
      attachment.close();
      if (entries.get(key) === entry) entries.delete(key);
    },
  };
}
