import { onTheme } from './theme';
import type { Dispose } from './view';

const TAG = 'syncline-app';

/** A place in a foreign page: neither its styles nor the page's reach the other. */
export interface Shelter {
  readonly root: HTMLElement;
  /** Let style sheets hold in it. */
  dress(texts: readonly string[]): void;
  /** What is to be ended when the page takes the place away. */
  ends(...ends: Dispose[]): void;
}

/**
 * Make a shelter, which `put` places in the page; `theme` is `light` or `dark`, else what the page is.
 *
 * That is read from a colour of text: by itself the one of the page's colour scheme, `inherit` that of the place.
 */
export function shelter(
  put: (place: HTMLElement) => void,
  theme: string | undefined,
  ink = 'CanvasText',
): Shelter {
  if (!customElements.get(TAG)) customElements.define(TAG, class extends Place {});
  const place = document.createElement(TAG) as Place;
  const root = make('syncline-root');
  const inner = make('syncline-shelter');
  inner.append(root);
  place.attachShadow({ mode: 'open' }).append(inner);
  put(place);
  place.ends.push(follow(place, root, theme, ink));
  return {
    root,
    dress: (texts) => {
      // Not by style elements, which a page's policy may not allow.
      (place.shadowRoot as ShadowRoot).adoptedStyleSheets = texts.map(sheet);
    },
    ends: (...ends) => place.ends.push(...ends),
  };
}

/** Notices that the page has taken it away. */
class Place extends HTMLElement {
  readonly ends: Dispose[] = [];

  disconnectedCallback(): void {
    // Later: it may only be on its way to another place.
    queueMicrotask(() => {
      if (!this.isConnected) for (const end of this.ends.splice(0)) end();
    });
  }
}

/** Be as light or dark as the page is, or as is asked for. */
function follow(place: Place, root: HTMLElement, theme: string | undefined, ink: string): Dispose {
  const probe = make('');
  // What colour text has says whether the page is dark, whatever made it so.
  probe.style.color = ink;
  probe.hidden = true;
  place.shadowRoot?.append(probe);
  const update = (): void => {
    const dark = theme ? theme === 'dark' : isLight(getComputedStyle(probe).color);
    root.classList.toggle('syncline-dark', dark);
  };
  update();
  // The page's own background may not fit what is asked for.
  root.classList.toggle('syncline-painted', theme !== undefined);
  return onTheme(update);
}

/** Whether a colour, as a browser computes it, is nearer to white than to black. */
function isLight(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 382;
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

function make(className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  return element;
}
