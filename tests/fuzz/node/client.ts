/** A client of the fuzz: the page's document, without a page and without a clock. */
import { Gone } from '../../../labextension/src/core/errors';
import type { Op } from '../../../labextension/src/core/ops';
import { fromWire, type MsgOp, toWire } from '../../../labextension/src/core/ops';
import { encode, type Json } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model/document';
import { type Mode, Transaction } from '../../../labextension/src/model/transaction';
import type { Frame } from '../../../labextension/src/sync/frames';
import type { Message } from '../../../labextension/src/sync/messages';
import { cut } from '../../../labextension/src/sync/parts';
import type { Conflict } from '../../../labextension/src/sync/replica';
import { Lossy, type LossyCarrier } from '../../../labextension/src/transports/lossy';
import { isThere, waits } from './late';

/** A document that writes down what its application is told. */
class Watched extends Document {
  readonly told: [string, Json][] = [];

  override message(op: MsgOp): void {
    // What is no name may be nested deeper than can be told; no model and no handler has it.
    const named = typeof op.m === 'string' && typeof op.name === 'string';
    if (named) this.told.push(['message', toWire(op, null)]);
    super.message(op);
  }

  override conflict(conflict: Conflict): void {
    const { kind, op, of: _, ...rest } = conflict;
    const what = kind === 'refused' ? 'refused' : 'conflict';
    this.told.push([what, { ...rest, kind, op: op ? toWire(op, null) : null }]);
    super.conflict(conflict);
  }
}

/** What happened at a client since it was last asked. */
export interface News {
  readonly frames: Frame[];
  readonly told: [string, Json][];
  readonly close: number | null;
  readonly listening: boolean;
}

/** One client, which is its own carrier: what it sends waits until it is taken. */
export class Client implements LossyCarrier {
  readonly document = new Watched();
  // What stands between the link and a carrier that loses messages.
  private readonly works: Lossy | null;
  private frames: Frame[] = [];
  private closing: number | null = null;
  // What goes on when the second half of the engine is there.
  private waiting: (() => void)[] = [];
  private listening = false;

  constructor(readonly lossy: boolean) {
    this.works = lossy ? new Lossy(this.document.link, this) : null;
  }

  open(now: number): void {
    this.frames = [];
    this.closing = null;
    this.listening = false;
    if (this.works) this.works.open(now);
    else this.document.link.open({ send: (message) => this.post(message), close: this.close }, now);
  }

  private post(message: Message): void {
    for (const frame of cut(message, this.document.link.limits.frame)) this.send(frame);
  }

  hear(frames: readonly Frame[], now: number): void {
    this.goOn();
    for (const frame of frames) (this.works ?? this.document.link).receive(frame, now);
    this.waiting.push(...waits());
  }

  private goOn(): void {
    if (isThere()) for (const fn of this.waiting.splice(0)) fn();
  }

  /** Make one transaction of what resolves; tell what did. */
  edit(raw: readonly Json[], mode: Mode): boolean[] {
    const of = mode === 'merge' ? undefined : new Transaction(mode);
    return this.document.batch(() => raw.map((op) => this.resolves(fromWire(op, []), of)));
  }

  private resolves(op: Op, of: Transaction | undefined): boolean {
    try {
      this.document.replica.local(op, of);
    } catch (error) {
      // What does not fit its place is refused at once, as what has none.
      if (error instanceof Gone || /^malformed/.test((error as Error).message)) return false;
      throw error;
    }
    return true;
  }

  whisper(raw: Json, now: number): void {
    this.document.link.volatile(fromWire(raw, []) as MsgOp, now);
  }

  strip(now: number): void {
    this.works?.stripped(now);
  }

  tick(now: number): void {
    this.goOn();
    (this.works ?? this.document.link).tick(now);
    this.document.link.flush(now);
  }

  end(code: number): void {
    if (this.works) this.works.end(code, '');
    else this.document.link.close(code);
  }

  /** Use what another client has kept, as a tab does that is a copy of another. */
  takeOver(other: Client): void {
    const { replica } = this.document;
    const { client, seq, resumeKey } = other.document.replica;
    Object.assign(replica, { client, seq, resumeKey });
  }

  view(): Json {
    const { replica, link } = this.document;
    const { client, epoch, rev, pending, state } = replica;
    const models = Object.fromEntries(
      [...state.models].map(([m, { type, props }]) => [m, { type, props: encode(props, null) }]),
    );
    const doc = { title: state.title, roots: state.roots, models };
    return { doc, client, epoch, rev, pending, status: link.status };
  }

  /** What is new since the last call. */
  news(): News {
    return {
      frames: this.frames.splice(0),
      told: this.document.told.splice(0),
      close: this.closing,
      listening: this.listening,
    };
  }

  send(frame: Frame): void {
    this.frames.push(frame);
  }

  close = (code: number): void => {
    this.closing = code;
  };

  listen(): void {
    this.listening = true;
  }
}
