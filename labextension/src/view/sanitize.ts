import DOMPurify, { type Config } from 'dompurify';

// `data-*` is refused because hosts act on it (JupyterLab runs commands named in it); `style`
// elements because they reach the whole page; forms because they send what the user types away.
const SHARED: Config = {
  ALLOW_DATA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'option', 'dialog'],
  FORBID_ATTR: ['slot', 'part', 'is', 'popover', 'contenteditable', 'autofocus', 'tabindex'],
};

const HTML: Config = {
  ...SHARED,
  USE_PROFILES: { html: true, svg: true, svgFilters: true, mathMl: true },
  // Keeps ids of the content from hiding names of the page.
  SANITIZE_NAMED_PROPS: true,
};

const SVG: Config = {
  ...SHARED,
  USE_PROFILES: { svg: true, svgFilters: true },
  // Figures draw their letters and markers with <use>; the hook keeps it inside the figure.
  ADD_TAGS: ['use'],
};

const html = purifier(HTML);
const svg = purifier(SVG);

/** Each has its own: to read a configuration anew for every text takes longer than most texts. */
function purifier(config: Config): (source: string) => DocumentFragment {
  const purify = DOMPurify(window);
  purify.addHook('uponSanitizeAttribute', (node, data) => {
    if (!/^(xlink:)?href$/.test(data.attrName) || node.nodeName.toLowerCase() !== 'use') return;
    if (!data.attrValue.startsWith('#')) data.keepAttr = false;
  });
  purify.addHook('afterSanitizeAttributes', (node) => {
    if (node.nodeName === 'A' && node.hasAttribute('href')) outward(node);
    if (node.nodeName === 'INPUT') keepCheckbox(node);
  });
  purify.setConfig({ ...config, RETURN_DOM_FRAGMENT: true });
  return (source) => purify.sanitize(source) as unknown as DocumentFragment;
}

/** A link of the content leaves the page alone and learns nothing of it. */
function outward(link: Element): void {
  if (link.getAttribute('href')?.startsWith('#')) return;
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer');
}

/** Task lists show disabled checkboxes; no other field is let through. */
function keepCheckbox(field: Element): void {
  if (field.getAttribute('type') === 'checkbox') field.setAttribute('disabled', '');
  else field.remove();
}

/** Html without anything that runs, submits, or reaches beyond its own place. */
export function safeHtml(source: string): DocumentFragment {
  return html(source);
}

/** A picture without scripts, styles or outside references. */
export function safeSvg(source: string): DocumentFragment {
  return svg(source);
}
