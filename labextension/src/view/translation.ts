/** What puts a text into the user's language; a bundle of JupyterLab's translator is one. `%1` is the first argument. */
export interface Translation {
  __(text: string, ...values: unknown[]): string;
  /** `%1` is the number, `%2` the first argument. */
  _n(one: string, many: string, n: number, ...values: unknown[]): string;
}

const fill = (text: string, values: unknown[]): string =>
  text.replace(/%(\d)/g, (_, i) => String(values[Number(i) - 1]));

/** The texts as they are written: English, as on every page that we serve. */
export const plain: Translation = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, n, ...values) => fill(n === 1 ? one : many, [n, ...values]),
};

/** The language of all texts. */
export let trans = plain;

/** Have all texts translated; those that are shown already stay as they are. */
export function translateBy(given: Translation): void {
  trans = given;
}
