import { registerIconLibrary } from '@awesome.me/webawesome/dist/components/icon/library.js';

// 24x24 stroke paths; what no element of ours asks for is not here.
const paths: Readonly<Record<string, string>> = {
  check: 'M5 12.5l4.5 4.5L19 7',
  'chevron-down': 'M6 9l6 6 6-6',
  minus: 'M5 12h14',
  plus: 'M12 5v14M5 12h14',
  xmark: 'M6 6l12 12M18 6L6 18',
};
const unknown = 'M5 5h14v14H5z';

function picture(path: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

// Web Awesome's default library fetches from a CDN, and some elements ask for icons by themselves:
// the file of every element that shows icons imports this one first, so no name is ever looked up elsewhere.
registerIconLibrary('default', { resolver: (name) => picture(paths[name] ?? unknown) });
