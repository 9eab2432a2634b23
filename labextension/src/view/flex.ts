import { Model } from '../model/model';
import { Children } from './children';
import type { Dispose, ViewContext } from './view';

/** Lay out a model's children in a row or a column. */
export function renderFlex(host: HTMLElement, model: Model, context: ViewContext): Dispose {
  const children = new Children(host, context);
  const row = model.look.startsWith('ui/Row@');
  host.classList.add('syncline-flex', row ? 'syncline-row' : 'syncline-column');
  host.setAttribute('role', 'group');
  const update = (name: string) => {
    if (name === 'children') children.show(childModels(model));
    else if (STYLES.has(name)) applyStyle(host, model, name);
  };
  for (const name of ['children', ...STYLES]) update(name);
  const off = model.on('*', ({ name }) => update(name));
  return () => {
    off();
    children.dispose();
  };
}

function childModels(model: Model): Model[] {
  const children = model.get('children');
  return Array.isArray(children) ? children.filter((child) => child instanceof Model) : [];
}

const STYLES: ReadonlySet<string> = new Set(['gap', 'align', 'wrap']);

function applyStyle(host: HTMLElement, model: Model, name: string): void {
  const value = model.get(name);
  if (name === 'wrap') host.style.flexWrap = value === false ? 'nowrap' : '';
  else if (name === 'align') host.style.alignItems = typeof value === 'string' ? value : '';
  else host.style.gap = typeof value === 'number' ? `${value}px` : '';
}
