type WaOption = HTMLElement & { value: string };

/** One choice: the value sent and the text shown. */
export type Option = readonly [value: string, label: string];

/** Read `options` in any of its forms: values, [value, label] pairs, or value -> label. */
export function optionsOf(value: unknown): Option[] {
  if (Array.isArray(value)) {
    return value.map((item) =>
      Array.isArray(item)
        ? [String(item[0]), String(item[1] ?? item[0])]
        : [String(item), String(item)],
    );
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).map(([key, label]) => [key, String(label)]);
}

/** Make the `<wa-option>` children match; say whether anything had to change. */
export function fillOptions(select: HTMLElement, value: unknown): boolean {
  const wanted = optionsOf(value);
  const before = [...select.querySelectorAll<WaOption>(':scope > wa-option')];
  const current = before.map((o): Option => [o.value, o.textContent ?? '']);
  if (current.length === wanted.length && current.every((o, i) => isOption(o, wanted[i]))) {
    return false;
  }
  // Kept where the value stays, so an open list keeps its place.
  const kept = new Map(before.map((option) => [option.value, option]));
  const next = wanted.map(([v, label]) => {
    const option = kept.get(v) ?? makeOption(v);
    kept.delete(v);
    if (option.textContent !== label) option.textContent = label;
    return option;
  });
  for (const gone of kept.values()) gone.remove();
  select.append(...next);
  return true;
}

function makeOption(value: string): WaOption {
  return Object.assign(document.createElement('wa-option'), { value });
}

function isOption(current: Option, wanted: Option | undefined): boolean {
  return current[0] === wanted?.[0] && current[1] === wanted[1];
}
