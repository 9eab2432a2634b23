import type { INotebookModel } from '@jupyterlab/notebook';
import type { JSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { form, shownDocument } from './current';
import { MIME, NOT_KEPT, readBundle, WIDGET } from './mime';
import { storedOutputs } from './stored';

/** What a notebook's file holds of documents: what they are now, were when displayed, or nothing. */
export type Save = 'current' | 'displayed' | 'none';

/**
 * Prepare a notebook's outputs for its file, with the documents of the kernels that it has had.
 *
 * Nothing is changed that is right already.
 */
export function prepare(notebook: INotebookModel, kernels: Iterable<string>, save: Save): void {
  const alone = elected(notebook);
  for (const output of storedOutputs(notebook)) {
    const { data } = output;
    if (save === 'none') output.write(without(data), alone);
    else output.write(save === 'current' ? current(data, [...kernels]) : data, alone);
  }
}

/** Whether this page writes for all that have a shared notebook open; two may think so for a moment. */
export function elected({ sharedModel }: INotebookModel): boolean {
  const { awareness } = sharedModel as { awareness?: Awareness };
  return !awareness || Math.min(...awareness.getStates().keys()) === awareness.clientID;
}

interface Awareness {
  readonly clientID: number;
  getStates(): ReadonlyMap<number, unknown>;
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
  return { ...rest, [MIME]: names, 'text/plain': NOT_KEPT };
}
