export { Document } from './document';
export { type MessageEvent, Model, type ModelEvent } from './model';
