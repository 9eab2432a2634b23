(handle) => {
  // shadow roots are looked into as well: neither selectors nor textContent cross them
  const texts = (root, found) => {
    for (const node of root.querySelectorAll('*')) {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE && node.checkVisibility())
          found.push(child.data.trim());
      }
      if (node.matches(handle)) watch.knob = node;
      if (node.shadowRoot) texts(node.shadowRoot, found);
    }
    return found;
  };
  // what is shown, each with the time at which it was first seen after `watch.forget()`
  const watch = { knob: null, seen: {}, forget: () => (watch.seen = {}) };
  window.benchOutage = watch;
  const NOTICE = /offline|reconnect|connection|waiting for an answer/i;
  const look = () => {
    requestAnimationFrame(look);
    if (!document.body) return;
    for (const text of texts(document.body, [])) {
      const again = /connected again|re-?established/i.test(text);
      const name = NOTICE.test(text) && !again ? 'notice' : text;
      if (/^(square|mark) |^notice$/.test(name)) watch.seen[name] ??= Date.now();
    }
  };
  requestAnimationFrame(look);
};
