/** Who is told what a vigil notices. */
export interface Vigilant {
  /** Nothing has come although an answer is due. */
  overdue(): void;
  /** The machine has slept, or the page was frozen: the connection may have died unnoticed. */
  woke(): void;
}

// Milliseconds. How often to look at the clock, how late a look has to be to mean sleep, and what is granted then.
const LOOK = 2000;
const LATE = 3000;
const GRACE = 1000;

/** Watches the clock for a connection that may die without being closed. */
export class Vigil {
  private handle: ReturnType<typeof setTimeout> | undefined;
  private deadline = Infinity;

  constructor(private readonly owner: Vigilant) {}

  /** Something has to come within `ms`; an earlier deadline stays. */
  expect(ms: number): void {
    this.deadline = Math.min(this.deadline, performance.now() + ms);
    this.arm();
  }

  /** Something has come: nothing is due any more. */
  rest(): void {
    this.deadline = Infinity;
    this.arm();
  }

  /** Look no more until `expect` or `rest`. */
  stop(): void {
    clearTimeout(this.handle);
    this.deadline = Infinity;
  }

  private arm(): void {
    clearTimeout(this.handle);
    const wait = Math.max(0, Math.min(this.deadline - performance.now(), LOOK));
    // The clock on the wall: the other one may stand still while the machine sleeps.
    const planned = Date.now() + wait;
    this.handle = setTimeout(() => this.look(Date.now() - planned), wait);
  }

  private look(late: number): void {
    const now = performance.now();
    const slept = late > LATE;
    // What has come while the page was asleep is not read yet.
    if (slept) this.deadline = Math.max(this.deadline, now + GRACE);
    const due = now >= this.deadline;
    if (due) this.deadline = Infinity;
    this.arm();
    if (slept) this.owner.woke();
    else if (due) this.owner.overdue();
  }
}
