import type { Model } from '../model/model';
import { show } from './show';
import type { View, ViewContext } from './view';

/** The views inside one element, kept while their model stays, so focus and state survive. */
export class Children {
  private views: View[] = [];
  private models: readonly Model[] = [];

  constructor(
    private readonly host: HTMLElement,
    private readonly context: ViewContext,
  ) {}

  /** Show exactly these models, in this order; a model may be there twice. */
  show(models: readonly Model[]): void {
    const kept = this.take();
    this.models = models;
    this.views = models.map((model) => kept.get(model)?.shift() ?? show(model, this.context));
    for (const rest of kept.values()) for (const view of rest) view.dispose();
    this.arrange();
  }

  dispose(): void {
    for (const view of this.views) view.dispose();
    this.views = [];
    this.models = [];
  }

  private take(): Map<Model, View[]> {
    const kept = new Map<Model, View[]>();
    this.models.forEach((model, i) => {
      const view = this.views[i];
      if (view) kept.set(model, [...(kept.get(model) ?? []), view]);
    });
    return kept;
  }

  /** Move only what is out of place: moving an element takes its focus away. */
  private arrange(): void {
    let at: ChildNode | null = this.host.firstChild;
    for (const { node } of this.views) {
      if (node === at) at = at.nextSibling;
      else this.host.insertBefore(node, at);
    }
  }
}
