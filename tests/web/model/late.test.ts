import { expect, test, vi } from 'vitest';
import { bulk, Missing } from '../../../labextension/src/core/late';
import { load } from '../../../labextension/src/model/late';

const BULK = '../../../labextension/src/core/bulk';

test('a download that fails is tried again', async () => {
  vi.useFakeTimers();
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.doMock(BULK, () => {
    throw new Error('offline');
  });
  const done = load();
  await vi.waitFor(() => expect(error).toHaveBeenCalledOnce());
  vi.doUnmock(BULK);
  expect(bulk).toThrow(Missing);
  await vi.advanceTimersByTimeAsync(5000);
  await done;
  vi.useRealTimers();
  expect(bulk().Source).toBeDefined();
  error.mockRestore();
});
