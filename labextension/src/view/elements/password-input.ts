// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import '../icons';
import '@awesome.me/webawesome/dist/components/input/input.js';
import type { ElementFacts } from '../facts';

/** How ui/PasswordInput@1 is bound to wa-input. */
export const facts: ElementFacts = {
  tag: 'wa-input',
  fixed: { type: 'password' },
  props: {
    label: 'label',
    value: 'value',
    placeholder: 'placeholder',
    toggle: 'passwordToggle',
    disabled: 'disabled',
    hint: 'hint',
  },
  sync: { value: ['input', 'change', 'wa-clear'] },
  blank: { value: '' },
};
