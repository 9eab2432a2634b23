import { expect, test } from 'vitest';
import { pythonSpec, writeNotebook } from '../../../labextension/src/lab/template';

const spec = (name: string, language: string) => ({ name, language, display_name: name });
const specs = (standard: string, ...all: ReturnType<typeof spec>[]) =>
  ({
    default: standard,
    kernelspecs: Object.fromEntries(all.map((each) => [each.name, each])),
  }) as never;

test('a new notebook gets the default kernel if that is of Python, else another one of Python', () => {
  const [r, python, other] = [spec('ir', 'R'), spec('python3', 'python'), spec('conda', 'python')];
  expect(pythonSpec(specs('conda', python, other))?.name).toBe('conda');
  expect(pythonSpec(specs('ir', r, python))?.name).toBe('python3');
  expect(pythonSpec(specs('ir', r))).toBeNull();
  expect(pythonSpec(null)).toBeNull();
});

test('a notebook with a live document is written into the folder', async () => {
  const saved: [string, { content: { cells: { source: string }[]; metadata: object } }][] = [];
  const contents = {
    newUntitled: async ({ path }: { path: string }) => ({ path: `${path}/Untitled.ipynb` }),
    save: async (...given: (typeof saved)[0]) => void saved.push(given),
  };
  const path = await writeNotebook(contents as never, 'sub', spec('python3', 'python') as never);
  expect(path).toBe('sub/Untitled.ipynb');
  const [[name, { content }] = ['', { content: { cells: [], metadata: {} } }]] = saved;
  expect(name).toBe(path);
  expect(content.cells.map(({ source }) => source).join('\n')).toContain('import syncline as sl');
  expect(content.metadata).toMatchObject({ kernelspec: { name: 'python3' } });
});
