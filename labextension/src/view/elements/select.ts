// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import '../icons';
import '@awesome.me/webawesome/dist/components/select/select.js';
import '@awesome.me/webawesome/dist/components/option/option.js';
import type { ElementFacts } from '../facts';

/** How ui/Select@1 is bound to wa-select. */
export const facts: ElementFacts = {
  tag: 'wa-select',
  props: {
    label: 'label',
    value: 'value',
    placeholder: 'placeholder',
    disabled: 'disabled',
    hint: 'hint',
  },
  sync: { value: ['input', 'change', 'wa-clear'] },
  late: ['value'],
  blank: { value: null },
  options: 'options',
};
