"""A line over everything a page shows, whatever its application is."""

from __future__ import annotations

from syncline.model import Model, prop


class Notice(Model, type="hosting/Notice@1"):
    """Show a text at the foot of the window; an empty one shows nothing."""

    _esm = """\
export default {
  render({ model, el }) {
    const show = () => {
      el.textContent = model.get('text');
      el.hidden = el.textContent === '';
    };
    el.className = 'syncline-notice';
    el.setAttribute('role', 'alert');
    model.on('change:text', show);
    show();
  },
};
"""
    _css = """\
.syncline-notice {
  position: fixed;
  inset: auto 0 0;
  z-index: 1000;
  padding: 0.75rem 1rem;
  background: #fff3c4;
  color: #1f1f1f;
}
"""
    text: str = prop(default="", saved=False, doc="The text, without any markup.")
