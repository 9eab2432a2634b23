import type { Contents, KernelSpec } from '@jupyterlab/services';
import { words } from './words';

const CODE = `import syncline as sl

slider = sl.Slider(label="Side", value=3, min=0, max=10, step=1)
answer = sl.Markdown("Move the slider.")


def update(event):
    answer.text = f"A square of side {event.new:g} has area **{event.new**2:g}**."


slider.observe(update, "value")
sl.Column(slider, answer)`;

/** Name the kernel that new notebooks get: the default one if it is Python's; null where there is none. */
export function pythonSpec(specs: KernelSpec.ISpecModels | null): KernelSpec.ISpecModel | null {
  const found = Object.values(specs?.kernelspecs ?? {}).filter(
    (spec) => spec?.language === 'python',
  );
  return found.find((spec) => spec?.name === specs?.default) ?? found[0] ?? null;
}

/** Write a notebook with a live document into a folder; returns its path. */
export async function writeNotebook(
  contents: Contents.IManager,
  folder: string,
  spec: KernelSpec.ISpecModel,
): Promise<string> {
  const { path } = await contents.newUntitled({ path: folder, type: 'notebook' });
  await contents.save(path, { type: 'notebook', format: 'json', content: notebook(spec) });
  return path;
}

function notebook({ name, display_name, language }: KernelSpec.ISpecModel): object {
  return {
    cells: [
      { cell_type: 'markdown', id: 'about', metadata: {}, source: words.templateText() },
      code('document', CODE),
      code('value', 'slider.value'),
    ],
    metadata: { kernelspec: { name, display_name, language } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function code(id: string, source: string): object {
  return { cell_type: 'code', id, metadata: {}, execution_count: null, outputs: [], source };
}
