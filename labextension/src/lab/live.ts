// Everything a live output needs, fetched when the first one is shown.
import '../../style/lab.css';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { mount } from '../view/mount';
import { attach, type Lease } from './attachments';
import { form, note } from './current';
import { display } from './displayed';
import type { DocBundle } from './mime';
import type { LiveView, Place } from './place';
import { pageUrl } from './server';
import { USABLE } from './situation';
import { savedForm } from './snapshot';

form.of = savedForm;

/** Where a document is found. */
export interface Target {
  readonly kernel: Kernel.IKernelConnection;
  readonly bundle: DocBundle;
  readonly settings: ServerConnection.ISettings;
  /** Its spot in a notebook, if it has one. */
  readonly spot: () => string | null;
}

/** A document shown in a place. */
export interface Showing {
  /** Bring the place up to date. */
  update(): void;
  /** Leave the document; what is shown of it stays as it is. */
  release(): void;
  dispose(): void;
}

/** Prepare to show a document of a kernel; begins with `update`, and calls `arrived` with its title when it is there. */
export function showLive(place: Place, target: Target, arrived: (title: string) => void): Showing {
  const { kernel, bundle, settings } = target;
  const node = document.createElement('div');
  const reach = (doc: string, changed: () => void = () => undefined) =>
    attach(kernel, doc, settings, changed);
  const lease: Lease = reach(bundle.doc, () => update());
  const view: LiveView = {
    node,
    get pending() {
      return lease.document.pending;
    },
  };
  let shown = '';
  const update = () => {
    const { document, carrier, hasPage, situation } = lease;
    const now = [place.version, carrier, hasPage, situation, document.title].join();
    // A drag leaves a live view as it is: each of its edits comes by here, and each message of the kernel.
    if (now === shown && situation === 'live') return;
    shown = now;
    refresh(place, view, lease, target, arrived);
  };
  const offs = [
    lease.document.onStatus(update),
    lease.document.onPending(update),
    lease.document.onTitle(update),
  ];
  // A file may still be written of what is only shown any more.
  const forget = note(kernel.id, bundle.doc, lease.document);
  const unmount = mount(lease.document, bundle.mount, node, { connect: (doc) => reach(doc) });
  const release = () => {
    if (!offs.length) return;
    for (const off of offs.splice(0)) off();
    display(place.node, null);
    lease.close();
  };
  const dispose = () => {
    release();
    forget();
    unmount();
  };
  return { update, release, dispose };
}

function refresh(
  place: Place,
  view: LiveView,
  { document, carrier, hasPage, situation }: Lease,
  { kernel, bundle, settings, spot }: Target,
  arrived: (title: string) => void,
): void {
  const { doc } = bundle;
  if (document.loaded && USABLE.has(situation)) {
    arrived(document.title);
    place.show(view, hasPage ? pageUrl(settings, kernel.id, doc) : null, situation);
    display(place.node, { kernel: kernel.id, doc, title: document.title, spot: spot() });
  } else {
    place.tell(situation);
    display(place.node, null);
  }
  place.carrier(carrier);
}
