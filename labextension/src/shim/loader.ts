// The code that a widget has itself; all other comes from the kernel, once for the widgets of a page (SPEC 6.6).
import { Code } from './code';
import type { WidgetView } from './host';

// Milliseconds until the saved form is shown, which without a kernel is all there is.
const PATIENCE = 400;

const page = globalThis as { synclineShim?: Map<string, Code> };

function codeOf(hash: string): Code {
  page.synclineShim ??= new Map();
  const code = page.synclineShim.get(hash) ?? new Code(hash);
  page.synclineShim.set(hash, code);
  return code;
}

function render({ model, el }: WidgetView): () => void {
  const saved = document.createElement('div');
  const waiting = setTimeout(() => {
    saved.innerHTML = String(model.get('saved'));
  }, PATIENCE);
  const arrived = (): void => {
    clearTimeout(waiting);
    saved.remove();
  };
  el.append(saved);
  const code = codeOf(String(model.get('code')));
  const ends = [arrived, code.seek(model)];
  void code.render.then((show) => {
    if (ends.length) ends.push(show({ model, el }, arrived));
  });
  return () => {
    for (const end of ends.splice(0)) end();
  };
}

export default { render };
