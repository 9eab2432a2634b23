// What the kernel sends to the pages of hosts that have nothing of ours (SPEC 6.6).
import { mount } from '../view/mount';
import { shelter } from '../view/shelter';
import { keepShortcutsAway } from '../view/shortcuts';
import { sayAbsence } from './absence';
import { reach } from './attachment';
import type { Render } from './code';
import { STYLES, watch } from './notice';

/** Make what shows documents in the views of widgets, with a style sheet of components. */
export function prepare(styles: string): Render {
  return ({ model, el }, arrived) => {
    const place = shelter((host) => el.append(host), undefined, 'inherit');
    place.dress([styles, STYLES]);
    keepShortcutsAway(el);
    sayAbsence(place.root);
    const { document, close } = reach(model, String(model.get('doc')));
    const root = model.get('mount') as string | null;
    const unmount = mount(document, root, place.root, { connect: (doc) => reach(model, doc) });
    const unwatch = watch(place.root, document, arrived);
    return () => {
      unwatch();
      unmount();
      close();
      el.replaceChildren();
    };
  };
}
