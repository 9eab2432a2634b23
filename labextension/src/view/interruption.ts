import type { Document } from '../model/document';
import type { Dispose } from './view';

/** What there is to say of a connection; mostly nothing. */
export type Word = 'away' | 'overdue' | 'back' | null;

// Milliseconds. Shorter interruptions, and answers that are sooner there, are not worth a reader's attention.
const PATIENCE = 500;
const ANSWER = 1200;
const BACK_FOR = 2500;

/** Says when an interruption of a document's connection, or an answer that does not come, is worth a word. */
export class Interruption {
  word: Word = null;
  // Which transaction was sent last while something is not acknowledged, or that the connection is not live.
  private state: number | 'gone' | null = null;
  // Whether it has been live before.
  private known: boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
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
    clearTimeout(this.timer);
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
    const later = (next: Word, ms: number): void => {
      this.timer = setTimeout(() => {
        this.enter(next);
        this.passed();
      }, ms);
    };
    clearTimeout(this.timer);
    this.word = word;
    if (word === 'back') later(null, BACK_FOR);
    else if (!word && state === 'gone') later('away', PATIENCE);
    else if (!word && state !== null) later('overdue', ANSWER);
  }
}
