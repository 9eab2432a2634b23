/** What has something to do at times. */
export interface Clockwork {
  due(): number;
  tick(now: number): void;
}

/** Calls `tick` when there is next something to do, at times also before. */
export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined;
  private at = Infinity;

  constructor(private readonly works: Clockwork) {}

  /** Set the timer by present needs; called after each frame in or out. */
  arm(): void {
    const due = this.works.due();
    // One that rings too early is set again then: cheaper than to set it anew with each frame.
    if (due >= this.at) return;
    this.stop();
    this.at = due;
    this.handle = setTimeout(
      () => {
        this.at = Infinity;
        this.works.tick(performance.now());
        this.arm();
      },
      Math.max(0, Math.ceil(due - performance.now())),
    );
  }

  /** Stop it; `arm` starts it again. */
  stop(): void {
    clearTimeout(this.handle);
    this.at = Infinity;
  }
}
