import type { Link } from '../sync/link';

/** Calls `link.tick` when the link next has something to do. */
export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly link: Link) {}

  /** Set the timer by the link's present needs; called after each frame in or out. */
  arm(): void {
    this.stop();
    const due = this.link.due();
    if (due === Infinity) return;
    this.handle = setTimeout(
      () => {
        this.link.tick(performance.now());
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
