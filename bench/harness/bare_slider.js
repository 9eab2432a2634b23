async () => {
  // the floor of a drag: a knob and a label over a bare comm
  const place = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .bench-bare');
  const [knob, label] = place.children;
  const set = await window.benchBareComm((text) => {
    label.textContent = text;
  });
  knob.onpointerdown = (event) => knob.setPointerCapture(event.pointerId);
  knob.onpointermove = (event) => {
    if (!knob.hasPointerCapture(event.pointerId)) return;
    const at = event.clientX - place.getBoundingClientRect().x - 10;
    knob.value = Math.max(0, Math.min(1000, Math.round((at / 760) * 1000)));
    knob.style.left = `${(knob.value * 760) / 1000}px`;
    knob.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    set(knob.value);
  };
  return true;
};
