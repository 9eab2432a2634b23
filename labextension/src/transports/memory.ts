import type { Frame } from '../sync/frames';
import type { Carrier, Link } from '../sync/link';
import type { Message } from '../sync/messages';
import { cut } from '../sync/parts';
import { Timer } from './timer';

/** The other end of a memory transport. */
export interface MemoryPeer {
  receive(frame: Frame): void;
  close?(code: number, text: string): void;
}

/** Carries a document inside one process: tests, and a server in the same page. */
export class MemoryTransport implements Carrier {
  private readonly timer: Timer;
  private live = false;

  constructor(
    readonly link: Link,
    readonly peer: MemoryPeer,
  ) {
    this.timer = new Timer(link);
  }

  /** Connect; the peer's first frame has to be the ACK. */
  open(): void {
    this.live = true;
    this.link.open(this, performance.now());
    this.timer.arm();
  }

  /** Hand a frame from the peer to the link. */
  receive(frame: Frame | ArrayBuffer): void {
    if (!this.live) return;
    this.link.receive(frame, performance.now());
    this.timer.arm();
  }

  /** Send a message; called by the link. */
  send(message: Message): void {
    for (const frame of cut(message, this.link.limits.frame)) {
      if (this.live) this.peer.receive(frame);
    }
    this.timer.arm();
  }

  /** End the connection. */
  close(code = 1000, text = ''): void {
    if (!this.live) return;
    this.live = false;
    this.timer.stop();
    this.peer.close?.(code, text);
    this.link.close(code, text);
  }
}
