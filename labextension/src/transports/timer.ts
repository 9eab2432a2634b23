/** What has something to do at times. */
export interface Clockwork {
  due(): number;
  tick(now: number): void;
}

/** Calls `tick` when there is next something to do. */
export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly works: Clockwork) {}

  /** Set the timer by present needs; called after each frame in or out. */
  arm(): void {
    this.stop();
    const due = this.works.due();
    if (due === Infinity) return;
    this.handle = setTimeout(
      () => {
        this.works.tick(performance.now());
        this.arm();
      },
      Math.max(0, Math.ceil(due - performance.now())),
    );
  }

  /** Stop it; `arm` starts it again. */
  stop(): void {
    clearTimeout(this.handle);
  }
}
