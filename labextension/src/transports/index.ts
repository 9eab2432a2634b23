export { type CommKernel, type CommMessage, CommTransport, type KernelComm } from './comm';
export { MemoryTransport } from './memory';
export { WebSocketTransport } from './websocket';
