/** A widget's model as a host of anywidgets has it, and the kernel behind it. */
export class FakeModel {
  readonly sent: { content: Record<string, unknown>; buffers: unknown }[] = [];
  private readonly listeners = new Map<string, Set<(...args: unknown[]) => void>>();

  constructor(private readonly state: Record<string, unknown> = {}) {}

  get(name: string): unknown {
    return this.state[name];
  }

  send(content: object, _callbacks?: unknown, buffers?: unknown): void {
    this.sent.push({ content: content as Record<string, unknown>, buffers });
  }

  on(name: string, listener: (...args: never[]) => void): void {
    const found = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, found.add(listener as never));
  }

  off(name: string, listener: (...args: never[]) => void): void {
    this.listeners.get(name)?.delete(listener as never);
  }

  /** Have something happen to it. */
  emit(name: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
  }

  /** A custom message of the kernel. */
  hear(content: object, buffers: unknown[] = []): void {
    this.emit('msg:custom', content, buffers);
  }

  /** How many listen to it. */
  get heard(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** What it has sent that has a key. */
  with(key: string): Record<string, unknown>[] {
    return this.sent.map(({ content }) => content).filter((content) => key in content);
  }
}
