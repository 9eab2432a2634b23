/** Report an error of a listener without stopping the others; replaced in tests. */
export function report(error: unknown): void {
  console.error(error);
}

/** Listeners by name; those of `*` hear every name. */
export class Emitter<E> {
  private readonly listeners = new Map<string, Set<(event: E) => void>>();

  /** Whether anybody listens to a name. */
  wants(name: string): boolean {
    return this.listeners.has(name) || this.listeners.has('*');
  }

  /** Add a listener; returns the remover. */
  on(name: string, listener: (event: E) => void): () => void {
    // Wrapped, so that a function added twice is called twice and removed once.
    const entry = (event: E): void => listener(event);
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(entry));
    return () => {
      set.delete(entry);
      if (!set.size && this.listeners.get(name) === set) this.listeners.delete(name);
    };
  }

  /** Call the listeners of a name, then those of `*`; an error in one does not reach the others. */
  emit(name: string, event: E): void {
    for (const key of [name, '*']) {
      for (const listener of [...(this.listeners.get(key) ?? [])]) {
        try {
          listener(event);
        } catch (error) {
          report(error);
        }
      }
    }
  }
}
