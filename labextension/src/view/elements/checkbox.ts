// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import '../icons';
import '@awesome.me/webawesome/dist/components/checkbox/checkbox.js';
import type { ElementFacts } from '../facts';

/** How ui/Checkbox@1 is bound to wa-checkbox. */
export const facts: ElementFacts = {
  tag: 'wa-checkbox',
  props: { checked: 'checked', disabled: 'disabled', hint: 'hint' },
  sync: { checked: ['change'] },
  text: 'label',
};
