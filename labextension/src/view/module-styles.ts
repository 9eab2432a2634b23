import type { Document } from '../model/document';
import type { Dispose } from './view';

interface Shared {
  readonly sheet: CSSStyleSheet;
  uses: number;
}

const sheets = new WeakMap<DocumentOrShadowRoot, Map<string, Shared>>();

/** Let a style sheet of the document hold where a place is, as long as one of its views is there. */
export async function addStyles(
  host: HTMLElement,
  document: Document,
  hash: string,
): Promise<Dispose> {
  const text = new TextDecoder().decode(await document.assets.get(hash));
  const node = host.getRootNode();
  const root = node instanceof ShadowRoot ? node : host.ownerDocument;
  const known = sheets.get(root) ?? new Map<string, Shared>();
  sheets.set(root, known);
  const shared = known.get(hash) ?? adopt(root, text);
  known.set(hash, shared);
  shared.uses++;
  return () => {
    if (--shared.uses) return;
    known.delete(hash);
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== shared.sheet);
  };
}

/** Not by a style element, which a page's policy does not allow. */
function adopt(root: DocumentOrShadowRoot, text: string): Shared {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return { sheet, uses: 0 };
}
