() => {
  // how many bytes of payload the websockets of kernels and of attached documents carry
  const bytes = { kernel: 0, attach: 0 };
  window.benchBytes = bytes;
  const kindOf = (url) =>
    url.includes('/api/kernels/') ? 'kernel' : url.includes('/syncline/attach/') ? 'attach' : null;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => this.count(data));
    }
    send(data) {
      this.count(data);
      super.send(data);
    }
    count(data) {
      const kind = kindOf(this.url);
      if (kind) bytes[kind] += data.byteLength ?? data.size ?? data.length;
    }
  };
};
