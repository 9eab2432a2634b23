// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import '@awesome.me/webawesome/dist/components/slider/slider.js';
import type { ElementFacts } from '../facts';

/** How ui/Slider@1 is bound to wa-slider. */
export const facts: ElementFacts = {
  tag: 'wa-slider',
  props: {
    label: 'label',
    value: 'value',
    min: 'min',
    max: 'max',
    step: 'step',
    disabled: 'disabled',
    hint: 'hint',
  },
  sync: { value: ['input', 'change'] },
  reading: 'show_value',
};
