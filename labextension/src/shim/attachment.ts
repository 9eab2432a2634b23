import { Document } from '../model/document';
import { CommTransport } from '../transports/comm';
import { delay } from '../transports/delay';
import { WidgetComms } from './comms';
import type { WidgetModel } from './host';

// Close codes (SPEC 5.9) after which the kernel may be asked again.
const AGAIN = [1001, 1006, 1012, 4408, 4409];
const KERNEL_LOST = 1006;
// What tells that a widget's own comm has ended, or may have.
const ENDS = ['comm:close', 'comm_live_update', 'destroy'] as const;

/** One document of the kernel in this page, which goes by the first of the widgets that show it. */
export class Attachment {
  readonly document: Document = new Document();
  private readonly models: WidgetModel[] = [];
  private transport: CommTransport | null = null;
  private carrying: WidgetModel | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failed = 0;

  constructor(readonly doc: string) {
    this.document.onStatus(() => this.onStatus());
  }

  /** Whether no widget shows it. */
  get unused(): boolean {
    return !this.models.length;
  }

  /** Have a widget at hand, by which the document may go. */
  join(model: WidgetModel): void {
    this.models.push(model);
    for (const name of ENDS) model.on(name, this.onEnd);
    if (!this.carrying) this.dial();
  }

  /** Go on without a widget; the last one ends the connection. */
  leave(model: WidgetModel): void {
    this.models.splice(this.models.indexOf(model), 1);
    for (const name of ENDS) model.off(name, this.onEnd);
    if (this.unused) this.close();
    else if (this.carrying === model) this.dial();
  }

  /** Tell the kernel that this page goes. */
  close(): void {
    clearTimeout(this.retry);
    this.carrying = null;
    this.transport?.close();
  }

  private dial(): void {
    const { transport, document, doc } = this;
    const [model] = this.models;
    clearTimeout(this.retry);
    if (!model) return;
    if (this.carrying !== model) {
      this.carrying = null;
      transport?.close();
      this.carrying = model;
      this.transport = new CommTransport(new WidgetComms(model), doc, document.link);
    }
    this.transport?.open();
  }

  private onStatus(): void {
    const { status, link } = this.document;
    if (status === 'live') this.failed = 0;
    if (status !== 'offline' || !this.carrying || !AGAIN.includes(link.closed?.code ?? 0)) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.dial(), delay(this.failed++));
  }

  private readonly onEnd = (): void => {
    if (this.carrying) this.transport?.close(KERNEL_LOST, 'the widget has ended', true);
  };
}

const attachments = new Map<string, Attachment>();

// A reload or a closed tab sends nothing by itself: without this the kernel keeps the comm.
addEventListener('pagehide', () => {
  for (const attachment of attachments.values()) attachment.close();
  attachments.clear();
});

/** Reach a document of a widget's kernel. */
export function reach(model: WidgetModel, doc: string): { document: Document; close(): void } {
  const attachment = attachments.get(doc) ?? new Attachment(doc);
  attachments.set(doc, attachment);
  attachment.join(model);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    attachment.leave(model);
    if (attachment.unused && attachments.get(doc) === attachment) attachments.delete(doc);
  };
  return { document: attachment.document, close };
}
