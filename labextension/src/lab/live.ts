// Everything a live output needs, fetched when the first one is shown.
import '../../style/lab.css';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { mount } from '../view/mount';
import { attach, type Lease } from './attachments';
import { form, note } from './current';
import type { DocBundle } from './mime';
import type { Place } from './place';
import { pageUrl } from './server';
import { savedForm } from './snapshot';

form.of = savedForm;

/** Where a document is found. */
export interface Target {
  readonly kernel: Kernel.IKernelConnection;
  readonly bundle: DocBundle;
  readonly settings: ServerConnection.ISettings;
}

/** A document shown in a place. */
export interface Showing {
  /** Bring the place up to date after it showed something else. */
  update(): void;
  dispose(): void;
}

/** Prepare to show a document of a kernel; begins with `update`, and calls `arrived` when it is there. */
export function showLive(place: Place, target: Target, arrived: () => void): Showing {
  const { kernel, bundle, settings } = target;
  const view = document.createElement('div');
  const reach = (doc: string, changed: () => void = () => undefined) =>
    attach(kernel, doc, settings, changed);
  const lease: Lease = reach(bundle.doc, () => update());
  const update = () => refresh(place, view, lease, target, arrived);
  const off = lease.document.onStatus(update);
  const unmount = mount(lease.document, bundle.mount, view, { connect: (doc) => reach(doc) });
  const forget = note(kernel.id, bundle.doc, lease.document);
  const dispose = () => {
    off();
    forget();
    unmount();
    lease.close();
  };
  return { update, dispose };
}

function refresh(
  place: Place,
  view: HTMLElement,
  { document, carrier, hasPage, gone }: Lease,
  { kernel, bundle, settings }: Target,
  arrived: () => void,
): void {
  if (gone) {
    place.without('The kernel does not have this document any more: run the cell again.');
  } else if (document.loaded) {
    arrived();
    place.show(view, hasPage ? pageUrl(settings, kernel.id, bundle.doc) : null);
  } else place.wait();
  place.carrier(carrier);
}
