async () => {
  // the floor of a drag behind the slider and label of a page: they hear a bare comm, not their document
  const { find } = window.benchDrag;
  const says = (node) => [...node.childNodes].find((child) => /^answer \d+\s*$/.test(child.data));
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook');
  const slider = find(panel, (node) => node.matches('wa-slider'));
  let label;
  const reading = find(panel, (node) =>
    node.matches('.syncline-reading > [aria-hidden]'),
  ).firstChild;
  const set = await window.benchBareComm((text) => {
    label.data = text;
  });
  let on = false;
  window.benchBehind = (whether) => {
    on = whether;
    // A view may have made its text anew.
    label = says(find(panel, (node) => says(node) && node.checkVisibility()));
  };
  const take = (event) => {
    if (!on) return;
    event.stopImmediatePropagation();
    reading.data = slider.value;
    set(slider.value);
  };
  // behind what watches the document, before what the view listens with
  for (const type of ['input', 'change']) slider.getRootNode().addEventListener(type, take, true);
  return true;
};
