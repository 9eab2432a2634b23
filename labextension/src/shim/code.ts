import { hear, type WidgetModel, type WidgetView } from './host';

interface Parts {
  readonly script: string;
  readonly styles: string;
}

/** Shows a view; `arrived` is called when there is something to be seen. Returns what ends it. */
export type Render = (view: WidgetView, arrived: () => void) => () => void;

// Milliseconds until the kernel is asked again; each time twice as long.
const ANSWER = 4000;
const CACHE = 'syncline';

/** The script of one hash in this page, for all its widgets. */
export class Code {
  /** The running script, as soon as some widget has got it. */
  readonly render: Promise<Render>;
  private take: (parts: Parts) => void = () => undefined;
  private readonly restored: Promise<void>;
  private asked = 0;
  private here = false;

  constructor(private readonly hash: string) {
    const parts = new Promise<Parts>((resolve) => {
      this.take = resolve;
    });
    this.render = parts.then(run);
    this.restored = this.restore();
  }

  /** Ask a widget's kernel for it, unless another widget does; returns what ends that. */
  seek(model: WidgetModel): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = hear(model, ({ code, script = '', styles = '' }) => {
      if (code === this.hash) this.keep({ script, styles });
      if (this.here) end();
    });
    const ask = (): void => {
      model.send({ code: this.hash });
      timer = setTimeout(ask, ANSWER * 2 ** this.asked++);
    };
    let over = false;
    const end = (): void => {
      over = true;
      clearTimeout(timer);
      off();
    };
    void this.restored.then(() => {
      if (this.here || over) end();
      else if (this.asked) timer = setTimeout(ask, ANSWER);
      else ask();
    });
    return end;
  }

  private keep(parts: Parts): void {
    if (this.here) return;
    this.here = true;
    this.take(parts);
    void this.cache()
      .then((cache) => cache?.put(this.address, new Response(JSON.stringify(parts))))
      .catch(() => undefined);
  }

  /** A browser may have it from an earlier page; not every host has such a cache. */
  private async restore(): Promise<void> {
    try {
      const found = await (await this.cache())?.match(this.address);
      if (!found) return;
      this.take(await found.json());
      this.here = true;
    } catch {
      // Then the kernel has it.
    }
  }

  private async cache(): Promise<Cache | undefined> {
    return globalThis.caches?.open(CACHE);
  }

  private get address(): string {
    return `https://syncline.invalid/${this.hash}`;
  }
}

async function run({ script, styles }: Parts): Promise<Render> {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const { prepare } = await import(/* webpackIgnore: true */ address);
  URL.revokeObjectURL(address);
  return prepare(styles);
}
