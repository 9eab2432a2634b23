import type { Json } from '../core/values';
import type { Carrier, Link } from '../sync/link';
import type { Header, Message } from '../sync/messages';
import { PROTOCOL } from '../sync/version';

/** What a document was at a moment. */
export interface Recording {
  /** Its content, as in a snapshot with arrays inline (SPEC 6.2). */
  readonly doc: Json;
  /** What its types are that are not built in, by hash. */
  readonly schema: Json;
  /** Code of views by hash. */
  readonly assets: { readonly [hash: string]: string };
}

const SELF = { client: 'copy', epoch: 'copy', rev: 0 };

/** Carries a document that is no more: there is its content, to look at, and nothing else. */
export class RecordedTransport implements Carrier {
  private count = 0;

  constructor(
    readonly link: Link,
    private readonly recording: Recording,
  ) {}

  /** Give the document what was recorded. */
  open(): void {
    this.link.open(this, performance.now());
    const protocol = { version: PROTOCOL, min: PROTOCOL };
    this.say('ACK', SELF, { protocol, read_only: true });
  }

  /** Answer a message; called by the link. */
  send({ header: { msgid: reqid, msgtype, seq }, content }: Message): void {
    const { doc, schema, assets } = this.recording;
    if (msgtype === 'PULL-DOC-REQ') {
      const header = { ...SELF, reqid, last_seq: null, msgs: 0, inline: true };
      this.say('PULL-DOC-REPLY', header, { kind: 'snapshot', doc, schema });
    } else if (msgtype === 'ASSET-REQ') {
      const code = Object.hasOwn(assets, content.hash) ? assets[content.hash] : undefined;
      if (code === undefined) this.refuse({ reqid }, 'unknown-asset');
      else this.say('ASSET', { reqid }, { bytes: { $: 'bytes', buf: 0 } }, encode(code));
    } else if (seq !== undefined) {
      this.refuse({ reqid, seq, since: 0, ...SELF }, 'read-only');
    }
  }

  /** There is nothing to end. */
  close(): void {}

  private refuse(header: Partial<Header>, code: string): void {
    this.say('ERROR', header, { code, text: 'this is a copy', retry: 'never' });
  }

  /** Later, as from elsewhere: the link is in the middle of what it sends. */
  private say(
    msgtype: string,
    header: Partial<Header>,
    content: Json,
    ...buffers: Message['buffers']
  ): void {
    const full = { msgid: `s-${++this.count}`, msgtype, ...header };
    queueMicrotask(() => this.link.receive({ header: full, content, buffers }, performance.now()));
  }
}

function encode(text: string): Message['buffers'][number] {
  return new TextEncoder().encode(text);
}
