import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Clockwork, Timer } from '../../../labextension/src/transports/timer';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Something that is due at a time that a test moves, and notes when it was called. */
class Works implements Clockwork {
  readonly calls: number[] = [];
  at = Infinity;

  due(): number {
    return this.at;
  }

  tick(now: number): void {
    this.calls.push(Math.round(now));
    if (now >= this.at) this.at = Infinity;
  }
}

function started(): { works: Works; timer: Timer; begin: number } {
  const works = new Works();
  return { works, timer: new Timer(works), begin: Math.round(performance.now()) };
}

test('what is due is called then, and once', () => {
  const { works, timer, begin } = started();
  works.at = begin + 100;
  timer.arm();
  vi.advanceTimersByTime(1000);
  expect(works.calls).toEqual([begin + 100]);
});

test('what is due earlier than was known is called earlier', () => {
  const { works, timer, begin } = started();
  works.at = begin + 100;
  timer.arm();
  works.at = begin + 50;
  timer.arm();
  vi.advanceTimersByTime(1000);
  expect(works.calls).toEqual([begin + 50]);
});

test('frames that put off what is due set no timer, and it is called in the end', () => {
  const { works, timer, begin } = started();
  works.at = begin + 100;
  timer.arm();
  const set = vi.spyOn(globalThis, 'setTimeout');
  for (let i = 1; i < 10; i++) {
    works.at = begin + 100 + i;
    timer.arm();
  }
  expect(set).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(works.calls.at(-1)).toBe(begin + 109);
  expect(works.at).toBe(Infinity);
});

test('one that was stopped calls nothing, and can be armed again', () => {
  const { works, timer, begin } = started();
  works.at = begin + 100;
  timer.arm();
  timer.stop();
  vi.advanceTimersByTime(1000);
  expect(works.calls).toEqual([]);
  works.at = begin + 2000;
  timer.arm();
  vi.advanceTimersByTime(1000);
  expect(works.calls).toEqual([begin + 2000]);
});
