() => {
  // the floor of a drag: a knob and a label over a bare comm, the latest value, one message at a time
  const place = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .bench-bare');
  const [knob, label] = place.children;
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const comm = kernel.createComm('bench.echo');
  let next = null;
  let waits = false;
  const send = () => {
    if (waits || next === null) return;
    comm.send({ value: next });
    next = null;
    waits = true;
  };
  comm.onMsg = ({ content }) => {
    label.textContent = `answer ${content.data.value}`;
    waits = false;
    send();
  };
  knob.onpointerdown = (event) => knob.setPointerCapture(event.pointerId);
  knob.onpointermove = (event) => {
    if (!knob.hasPointerCapture(event.pointerId)) return;
    const at = event.clientX - place.getBoundingClientRect().x - 10;
    knob.value = Math.max(0, Math.min(1000, Math.round((at / 760) * 1000)));
    knob.style.left = `${(knob.value * 760) / 1000}px`;
    knob.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    next = knob.value;
    send();
  };
  return comm.open().done.then(() => true);
};
