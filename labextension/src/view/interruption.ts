import type { Document } from '../model/document';
import { type Clockwork, Timer } from '../transports/timer';
import type { Dispose } from './view';

/** What there is to say of a connection; mostly nothing. */
export type Word = 'away' | 'overdue' | 'back' | null;

// Milliseconds. Shorter interruptions, and answers that are sooner there, are not worth a reader's attention.
const PATIENCE = 500;
const ANSWER = 1200;
const BACK_FOR = 2500;

/** Says when an interruption of a document's connection, or an answer that does not come, is worth a word. */
export class Interruption implements Clockwork {
  word: Word = null;
  // Which transaction was sent last while something is not acknowledged, or that the connection is not live.
  private state: number | 'gone' | null = null;
  // Whether it has been live before.
  private known: boolean;
  // What is to be said next, and when.
  private next: Word = null;
  private at = Infinity;
  private readonly timer = new Timer(this);
  private readonly offs: Dispose[];

  /** `passed` is told when the word changes because time has passed; else it does with the document. */
  constructor(
    private readonly document: Document,
    private readonly passed: () => void,
  ) {
    this.known = document.loaded;
    this.offs = [document.onStatus(() => this.look()), document.onPending(() => this.look())];
    this.look();
  }

  dispose(): void {
    for (const off of this.offs) off();
    this.timer.stop();
  }

  /** When the word is to change. */
  due(): number {
    return this.at;
  }

  /** Time has passed. */
  tick(now: number): void {
    if (now < this.at) return;
    this.enter(this.next);
    this.passed();
  }

  private look(): void {
    const { status, pending, replica } = this.document;
    const state = status !== 'live' ? 'gone' : pending ? replica.seq : null;
    // One attempt after the other to connect is one interruption.
    if (state === this.state) return;
    this.state = state;
    if (state === 'gone') this.enter(this.word === 'overdue' ? 'away' : null);
    else if (this.word === 'away' && this.known) this.enter('back');
    else if (this.word !== 'back') this.enter(null);
    this.known ||= state !== 'gone';
  }

  private enter(word: Word): void {
    const { state } = this;
    this.word = word;
    this.at = Infinity;
    if (word === 'back') this.plan(null, BACK_FOR);
    else if (!word && state === 'gone') this.plan('away', PATIENCE);
    else if (!word && state !== null) this.plan('overdue', ANSWER);
  }

  private plan(next: Word, ms: number): void {
    this.next = next;
    this.at = performance.now() + ms;
    this.timer.arm();
  }
}
