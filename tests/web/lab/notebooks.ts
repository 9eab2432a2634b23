import { type YCodeCell, YNotebook } from '@jupyter/ydoc';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IOutputModel } from '@jupyterlab/rendermime';
import { applyUpdate, encodeStateAsUpdate } from 'yjs';
import type { Json } from '../../../labextension/src/core/values';

/** A notebook with a code cell, as one page has it open: what all share, and the page's own model. */
export class OpenNotebook {
  readonly shared = new YNotebook();
  /** The forms that the page's own model of the cell's outputs has. */
  own: Json[] = [];
  /** How many changes were made here. */
  writes = 0;

  constructor(start: Uint8Array) {
    applyUpdate(this.shared.ydoc, start);
    this.own = this.outputs.map(({ data }) => data);
    this.shared.ydoc.on('update', (_update, origin) => {
      if (origin !== 'others') this.writes++;
    });
    // JupyterLab follows what is put in and taken out, and appends whatever is put in.
    this.cell.changed.connect((_, { outputsChange }) => {
      let at = 0;
      for (const { retain, delete: gone, insert } of outputsChange ?? []) {
        at += retain ?? 0;
        if (gone) this.own.splice(at, gone);
        for (const each of (insert ?? []) as Json[]) this.own.push((each.toJSON?.() ?? each).data);
      }
    });
  }

  get cell(): YCodeCell {
    return this.shared.cells[0] as YCodeCell;
  }

  /** The cell's outputs, as all share them. */
  get outputs(): Json[] {
    return this.cell.getOutputs();
  }

  get model(): INotebookModel {
    const { own, shared } = this;
    const outputs = { length: own.length, get: (index: number) => this.output(index) };
    const cell = { type: 'code', sharedModel: this.cell, outputs };
    return { sharedModel: shared, cells: [{ type: 'markdown' }, cell] } as never;
  }

  /** Take over what was written elsewhere. */
  receive(update: Uint8Array): void {
    applyUpdate(this.shared.ydoc, update, 'others');
  }

  /** JupyterLab's model of an output puts another one in the place of the shared one. */
  private output(index: number): IOutputModel {
    const { metadata, output_type } = this.outputs[index];
    const setData = ({ data }: Json): void => {
      this.own[index] = data;
      const output = { output_type, metadata, data };
      this.cell.updateOutputs(index, index + 1, [output], 'silent-change');
    };
    return { data: this.own[index], metadata, setData } as never;
  }
}

/** A notebook whose code cell has displayed bundles, opened in some pages. */
export function openNotebooks(pages: number, ...bundles: Json[]): OpenNotebook[] {
  const metadata = { kept: true };
  const outputs = bundles.map((data) => ({ output_type: 'display_data', data, metadata }));
  const cell = { cell_type: 'code' as const, source: '', metadata: {}, outputs };
  const data = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const start = encodeStateAsUpdate(YNotebook.create({ data }).ydoc);
  return Array.from({ length: pages }, () => new OpenNotebook(start));
}

/** Have pages that were out of touch tell each other what they have written. */
export function meet(...pages: OpenNotebook[]): void {
  const updates = pages.map(({ shared }) => encodeStateAsUpdate(shared.ydoc));
  for (const page of pages) for (const update of updates) page.receive(update);
}
