// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** A terminal's text without colours and other escape sequences. */
export function stripAnsi(text: string): string {
  return text.replace(ESCAPES, '');
}
