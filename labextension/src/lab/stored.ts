import type { YCodeCell } from '@jupyter/ydoc';
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { JSONExt, type JSONObject, type ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { MIME, WIDGET } from './mime';
import { joined } from './saved';

type Data = ReadonlyPartialJSONObject;

/** The part of a Yjs map that an output of a notebook is. */
interface Shared {
  get(name: 'data'): Data | undefined;
  set(name: 'data', data: Data): void;
}

// Of a change that JupyterLab's own model is not to follow.
const SILENT = 'silent-change';

/** The outputs of a notebook that hold documents. */
export function* storedOutputs(notebook: INotebookModel): Generator<StoredOutput> {
  for (const cell of notebook.cells) {
    if (cell.type !== 'code') continue;
    for (let index = 0; index < sharedOutputs(cell).length; index++) {
      const output = new StoredOutput(cell as ICodeCellModel, index);
      if (MIME in output.data) yield output;
    }
  }
}

/** What a notebook stores of one output, for all pages that have it open; a file holds the same. */
export class StoredOutput {
  constructor(
    private readonly cell: ICodeCellModel,
    private readonly index: number,
  ) {}

  /** Its forms, by their MIME types. */
  get data(): Data {
    const { item } = this;
    return (isShared(item) ? item.get('data') : item.data) ?? {};
  }

  private get item(): Shared | { readonly data?: Data } {
    return sharedOutputs(this.cell).get(this.index);
  }

  /** Have it hold other forms, unless they are the same; `alone`: no other page writes. */
  write(data: Data, alone: boolean): void {
    if (!same(this.data, data)) this.put(data, alone);
    this.show();
  }

  /**
   * Two pages may write at once, so what is there is changed: with another in its place, both
   * pages' would stay, and the output would be there twice.
   */
  private put(data: Data, alone: boolean): void {
    const { index, item } = this;
    const shared = this.cell.sharedModel as YCodeCell;
    if (isShared(item)) shared.transact(() => item.set('data', data), false, SILENT);
    // What the server read from a file that was changed beside it cannot be changed in itself.
    else if (alone) shared.updateOutputs(index, index + 1, [{ ...item, data } as never], SILENT);
  }

  /** Have this page's own model of the output follow; nobody else does. */
  private show(): void {
    const { cell, index, data } = this;
    const own = index < cell.outputs.length ? cell.outputs.get(index) : null;
    if (!own || names(own.data) !== names(data) || same(own.data, data)) return;
    // It would put another output in the place of the shared one.
    const shared = cell.sharedModel;
    shared.updateOutputs = () => {};
    try {
      own.setData({ data: JSONExt.deepCopy(data), metadata: own.metadata });
    } finally {
      Reflect.deleteProperty(shared, 'updateOutputs');
    }
  }
}

function sharedOutputs({ sharedModel }: ICellModel): YCodeCell['youtputs'] {
  return (sharedModel as YCodeCell).ymodel.get('outputs');
}

function isShared(item: object): item is Shared {
  return typeof (item as Partial<Shared>).set === 'function';
}

/** Which document it is, and which part of it. */
function names(data: Data): string {
  const { doc, mount } = (data[MIME] ?? {}) as JSONObject;
  return JSON.stringify([doc, mount]);
}

/** Whether two outputs are one in a file. */
function same(a: Data, b: Data): boolean {
  const texts = ['text/html', 'text/plain'].every((mime) => joined(a[mime]) === joined(b[mime]));
  const forms = WIDGET in a === WIDGET in b;
  return forms && texts && JSON.stringify(sorted(a[MIME])) === JSON.stringify(sorted(b[MIME]));
}

/** With the keys in order, as a file has them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
