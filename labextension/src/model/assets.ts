import { type Bytes, decode } from '../core/values';
import type { Link } from '../sync/link';
import type { Message } from '../sync/messages';

interface Question {
  readonly hash: string;
  resolve(bytes: Bytes): void;
  reject(error: Error): void;
}

/** What a document names by its hash: the code of views, and entries of types (SPEC 5.9). */
export class Assets {
  private readonly found = new Map<string, Promise<Bytes>>();
  // By the id of the message that asked.
  private asked = new Map<string, Question>();
  private waiting: Question[] = [];

  constructor(private readonly link: Link) {}

  /** The bytes of a hash; offline it waits for the next connection. Fails where the document has none. */
  get(hash: string): Promise<Bytes> {
    const known = this.found.get(hash);
    if (known) return known;
    const promise = new Promise<Bytes>((resolve, reject) => {
      this.waiting.push({ hash, resolve, reject });
    });
    this.found.set(hash, promise);
    promise.catch(() => this.found.delete(hash));
    this.ask();
    return promise;
  }

  /** The connection has begun or ended: what was asked before has no answer any more. */
  restart(): void {
    this.waiting.push(...this.asked.values());
    this.asked = new Map();
    this.ask();
  }

  /** A message has come that may be an answer. */
  hear({ header, content, buffers }: Message): void {
    const question = this.asked.get(header.reqid ?? '');
    if (!question) return;
    if (header.msgtype === 'ASSET') question.resolve(decode(content.bytes, buffers) as Bytes);
    else question.reject(new Error(`${content.code}: ${content.text}`));
    this.asked.delete(header.reqid as string);
  }

  private ask(): void {
    if (this.link.status !== 'live') return;
    for (const question of this.waiting.splice(0)) {
      this.asked.set(this.link.send('ASSET-REQ', {}, { hash: question.hash }), question);
    }
  }
}
