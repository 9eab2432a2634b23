// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import '../icons';
import '@awesome.me/webawesome/dist/components/button/button.js';
import type { ElementFacts } from '../facts';

/** How ui/Button@1 is bound to wa-button. */
export const facts: ElementFacts = {
  tag: 'wa-button',
  props: { variant: 'variant', appearance: 'appearance', disabled: 'disabled' },
  events: ['click'],
  text: 'label',
};
