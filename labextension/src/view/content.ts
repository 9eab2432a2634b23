// Loaded together: both need the sanitiser and the markdown parser.
export { renderMarkdown } from './markdown';
export { renderOutput } from './output';
