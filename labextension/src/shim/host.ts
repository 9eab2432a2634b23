/** What a host of anywidgets gives a view of its model. */
export interface WidgetModel {
  get(name: string): unknown;
  send(
    content: object,
    callbacks?: unknown,
    buffers?: readonly (ArrayBuffer | ArrayBufferView)[],
  ): void;
  on(name: string, listener: (...args: never[]) => void): void;
  off(name: string, listener: (...args: never[]) => void): void;
}

/** A place of a widget in the page. */
export interface WidgetView {
  readonly model: WidgetModel;
  readonly el: HTMLElement;
}

/** What a custom message of the kernel may hold (SPEC 6.6). */
export interface FromKernel {
  /** The page's comm that it is for. */
  readonly comm?: string;
  readonly data?: unknown;
  readonly close?: unknown;
  /** The hash of the code that it brings. */
  readonly code?: string;
  readonly script?: string;
  readonly styles?: string;
}

type Hear = (content: FromKernel, buffers: readonly ArrayBufferView[]) => void;

/** Hear a widget's custom messages; returns what ends that. */
export function hear(model: WidgetModel, listener: Hear): () => void {
  model.on('msg:custom', listener as never);
  return () => model.off('msg:custom', listener as never);
}
