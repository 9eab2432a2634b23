import type { ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IOutputModel } from '@jupyterlab/rendermime';
import type { JSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { form, shownDocument } from './current';
import { MIME, readBundle, WIDGET } from './mime';
import { joined } from './saved';

/** What a notebook's file holds of documents: what they are now, were when displayed, or nothing. */
export type Save = 'current' | 'displayed' | 'none';

const NOTHING = 'A Syncline document; this notebook does not keep its values.';

/**
 * Prepare a notebook's outputs for its file, with the documents of the kernels that it has had.
 *
 * Nothing is changed that is right already.
 */
export function prepare(notebook: INotebookModel, kernels: Iterable<string>, save: Save): void {
  for (const output of outputsOf(notebook)) {
    if (save === 'none') replace(output, without(output.data));
    else if (save === 'current') replace(output, current(output.data, [...kernels]));
  }
}

function* outputsOf(notebook: INotebookModel): Generator<IOutputModel> {
  for (const cell of notebook.cells) {
    if (cell.type !== 'code') continue;
    const { outputs } = cell as ICodeCellModel;
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs.get(i);
      if (MIME in output.data) yield output;
    }
  }
}

function current(
  data: ReadonlyPartialJSONObject,
  kernels: readonly string[],
): ReadonlyPartialJSONObject {
  const bundle = readBundle(data[MIME]);
  if (!bundle || !form.of) return data;
  const document = kernels.flatMap((kernel) => shownDocument(kernel, bundle.doc) ?? []).at(-1);
  if (!document) return data;
  const { snapshot, html, text } = form.of(document, bundle.mount);
  const { snapshot: _, ...names } = data[MIME] as JSONObject;
  // The widget is another one in each kernel, and of no use without it.
  const { [WIDGET]: __, ...rest } = data;
  return {
    ...rest,
    [MIME]: snapshot === null ? names : { ...names, snapshot },
    'text/html': html,
    'text/plain': text,
  };
}

function without(data: ReadonlyPartialJSONObject): ReadonlyPartialJSONObject {
  const { snapshot: _, ...names } = data[MIME] as JSONObject;
  const { 'text/html': __, [WIDGET]: ___, ...rest } = data;
  return { ...rest, [MIME]: names, 'text/plain': NOTHING };
}

function replace(output: IOutputModel, data: ReadonlyPartialJSONObject): void {
  if (same(output.data, data)) return;
  output.setData({ data, metadata: output.metadata });
}

/** Whether two outputs are one in a file. */
function same(a: ReadonlyPartialJSONObject, b: ReadonlyPartialJSONObject): boolean {
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
