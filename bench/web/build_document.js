import { Document } from '../../labextension/src/model';
import { MemoryTransport } from '../../labextension/src/transports';

/** Build a document from what its server sends; milliseconds from the snapshot's frame to the last model. */
export function build([ack, reply]) {
  const document = new Document();
  const transport = new MemoryTransport(document.link, { receive() {} });
  transport.open();
  transport.receive(ack);
  const start = performance.now();
  transport.receive(reply);
  const { models } = document;
  const taken = performance.now() - start;
  transport.close();
  return { taken, models: models.length };
}
