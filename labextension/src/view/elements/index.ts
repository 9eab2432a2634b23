// Generated from Web Awesome 3.14.0 by scripts/generate_components.py.
import type { ElementFile } from '../facts';

/** Model type -> the file of the element that shows it, fetched when first needed. */
export const elements: Readonly<Record<string, ElementFile>> = {
  'ui/Slider@1': () => import('./slider'),
  'ui/Button@1': () => import('./button'),
  'ui/TextInput@1': () => import('./text-input'),
  'ui/PasswordInput@1': () => import('./password-input'),
  'ui/Checkbox@1': () => import('./checkbox'),
  'ui/Select@1': () => import('./select'),
};
