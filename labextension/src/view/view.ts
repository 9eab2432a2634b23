import type { Document } from '../model/document';
import type { Model } from '../model/model';

/** Ends what its maker began: listeners, timers, children. */
export type Dispose = () => void;

/** What shows one model in the page until it is disposed. */
export interface View {
  /** The node to place; an element whose code is under way is stood for by a comment. */
  readonly node: ChildNode;
  dispose(): void;
}

/** A document reached for a `Mount`; `close` gives it back. */
export interface Connection {
  readonly document: Document;
  close(): void;
}

/** How the host (page or lab) reaches another document by its id; null where it may not. */
export type Connect = (doc: string) => Connection | null;

/** What a view knows of the place it stands in. */
export interface ViewContext {
  readonly document: Document;
  readonly connect: Connect | undefined;
  /** Models and document ids this view stands in, outermost first: nothing is shown inside itself. */
  readonly trail: readonly (Model | string)[];
}

/** Fill `host` with a model and keep it in step. */
export type Render = (host: HTMLElement, model: Model, context: ViewContext) => Dispose;

/** Mark a node as the one that shows a model. */
export function mark(node: HTMLElement, model: Model): void {
  node.dataset.model = model.id;
  node.dataset.type = model.type;
}
