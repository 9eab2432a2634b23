import type { Bytes, Json } from '../../../labextension/src/core/values';
import { Document, type Model } from '../../../labextension/src/model';
import { type Frame, pack, unpack } from '../../../labextension/src/sync/frames';
import type { Message } from '../../../labextension/src/sync/messages';
import { MemoryTransport } from '../../../labextension/src/transports/memory';
import '../../../labextension/src/sync/second';

type Models = Record<string, { type: string; props: Json }>;

/** A reference as it travels. */
export const ref = (id: string): Json => ({ $: 'ref', id });

/** A document whose server is the test. */
export class Living {
  readonly document = new Document();
  readonly transport: MemoryTransport;
  private sent: Message[] = [];
  private rev = 1;

  /** What types and assets there are, by their hashes. */
  schema: Record<string, Json> = {};
  assets: Record<string, string> = {};
  readonly asked: string[] = [];

  constructor(
    private readonly models: Models,
    private readonly roots: string[] = [Object.keys(models)[0] ?? ''],
  ) {
    const receive = (frame: Frame) => {
      const message = unpack(frame);
      if (message.header.msgtype === 'ASSET-REQ') queueMicrotask(() => this.answer(message));
      else this.sent.push(message);
    };
    this.transport = new MemoryTransport(this.document.link, { receive });
  }

  /** Connect and hand over the first state. */
  start(read_only = false): this {
    this.transport.open();
    const hello = { protocol: { version: 1, min: 1 }, resume_key: 'k', ping: 20, read_only };
    this.say('ACK', { client: 'c1', rev: 0 }, hello);
    const reqid = this.sent.at(-1)?.header.msgid;
    const doc = { title: 'T', roots: this.roots, models: this.models };
    this.say(
      'PULL-DOC-REPLY',
      { reqid, client: 'c1', rev: 1 },
      { kind: 'snapshot', doc, schema: this.schema },
    );
    this.sent = [];
    return this;
  }

  /** Commit operations of Python, as one transaction. */
  patch(...ops: Json[]): void {
    this.patchWith({}, ...ops);
  }

  /** The same, with more fields in the transaction. */
  patchWith(more: Json, ...ops: Json[]): void {
    const rev = this.rev + 1;
    this.say('PATCH-DOC', { since: this.rev, rev }, { txs: [{ ...more, rev, by: 'py', ops }] });
    this.rev = rev;
  }

  /** Set a property from Python. */
  set(m: string, name: string, v: Json): void {
    this.patch({ op: 'set', m, p: [name], v });
  }

  /** What the page has submitted since the last call; each is accepted as it is. */
  edits(): Json[] {
    const ops: Json[] = [];
    for (let message = this.sent.shift(); message; message = this.sent.shift()) {
      if (message.header.msgtype !== 'PATCH-DOC') continue;
      ops.push(...message.content.ops);
      const { msgid: reqid, seq } = message.header;
      this.say('OK', { reqid, seq, since: this.rev, rev: ++this.rev }, { verbatim: true });
    }
    return ops;
  }

  /** Refuse what the page has submitted since the last call. */
  refuse(code: string, text = ''): void {
    for (let message = this.sent.shift(); message; message = this.sent.shift()) {
      if (message.header.msgtype !== 'PATCH-DOC') continue;
      const { msgid: reqid, seq } = message.header;
      const header = { reqid, seq, since: this.rev, rev: this.rev };
      this.say('ERROR', header, { code, text, retry: 'never', op: 0 });
    }
  }

  model(id: string): Model {
    const model = this.document.model(id);
    if (!model) throw new Error(`no model ${id}`);
    return model;
  }

  private answer({ header: { msgid: reqid }, content: { hash } }: Message): void {
    this.asked.push(hash);
    const text = this.assets[hash];
    const message = { msgid: 's', reqid };
    if (text === undefined) {
      const content = { code: 'unknown-asset', text: hash, retry: 'never' };
      this.transport.receive(pack({ ...message, msgtype: 'ERROR' }, content));
    } else {
      const bytes = new TextEncoder().encode(text) as Bytes;
      const content = { bytes: { $: 'bytes', buf: 0 } };
      this.transport.receive(pack({ ...message, msgtype: 'ASSET' }, content, [bytes]));
    }
  }

  private say(msgtype: string, header: Json, content: Json): void {
    this.transport.receive(pack({ msgid: 's', msgtype, epoch: 'E', ...header }, content));
  }
}

/** Let waiting microtasks and lazily loaded modules come through. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Wait until something holds; the test's own time limit ends it. */
export async function until(holds: () => unknown): Promise<void> {
  while (!holds()) await settled();
}
