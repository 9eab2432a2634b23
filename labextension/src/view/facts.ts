/** How one model type is bound to one custom element: generated, one per element. */
export interface ElementFacts {
  readonly tag: string;
  /** Element property -> what it always is. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Model property -> element property. */
  readonly props: Readonly<Record<string, string>>;
  /** Model property -> the events after which the element's own value is read back. */
  readonly sync?: Readonly<Record<string, readonly string[]>>;
  /** Events sent to Python as messages. */
  readonly events?: readonly string[];
  /** Properties that are set only after the children are there. */
  readonly late?: readonly string[];
  /** What the model holds when the element is blank, which elements spell '', null or undefined. */
  readonly blank?: Readonly<Record<string, '' | null>>;
  /** Model property shown as the element's text. */
  readonly text?: string;
  /** Model property shown as `<wa-option>` children. */
  readonly options?: string;
  /** Model property that says whether the element's value is written beside its label. */
  readonly reading?: string;
}

/** Fetches the file of one element: its code and how it is bound. */
export type ElementFile = () => Promise<{ readonly facts: ElementFacts }>;
