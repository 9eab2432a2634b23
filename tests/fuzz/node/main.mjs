/**
 * Clients in Node that do what lines of JSON on stdin say; the answers go to stdout, line by line.
 *
 * A line is a list of commands `[name, client, ...arguments]`; its answer has, for each, the result and
 * what is new at that client. Whoever drives it decides everything, the time included.
 */
import { readSync, writeSync } from 'node:fs';
import { Client } from './client.ts';
import { turn } from './late.ts';

let now = 0;
let faults = [];
// How many times clients hear before the second half of the engine is there.
let left = 0;
Object.defineProperty(globalThis, 'performance', { value: { now: () => now } });
console.error = (...what) => faults.push(what.map((each) => each?.stack ?? String(each)).join(' '));

const clients = new Map();
const unpacked = (frame) =>
  typeof frame === 'string' ? frame : new Uint8Array(Buffer.from(frame.b64, 'base64'));
const packed = (frame) =>
  typeof frame === 'string' ? frame : { b64: Buffer.from(frame).toString('base64') };

const COMMANDS = {
  make: (id, lossy) => void clients.set(id, new Client(lossy)),
  open: (id) => clients.get(id).open(now),
  hear: (id, frames) => {
    if (left && !--left) turn(true);
    clients.get(id).hear(frames.map(unpacked), now);
  },
  edit: (id, ops, mode) => clients.get(id).edit(ops, mode),
  whisper: (id, op) => clients.get(id).whisper(op, now),
  strip: (id) => clients.get(id).strip(now),
  tick: (id) => clients.get(id).tick(now),
  close: (id, code) => clients.get(id).end(code),
  copy: (id, other) => clients.get(id).takeOver(clients.get(other)),
  view: (id) => clients.get(id).view(),
  clear: (_, late) => {
    clients.clear();
    left = late;
    turn(!late);
  },
};

function run([name, time, id, ...rest]) {
  now = time;
  const result = COMMANDS[name](id, ...rest) ?? null;
  const news = clients.get(id)?.news();
  const told = [...(news?.told ?? []), ...faults.map((text) => ['fault', text])];
  faults = [];
  return { ...news, frames: (news?.frames ?? []).map(packed), told, result };
}

function* lines() {
  const chunk = Buffer.alloc(1 << 16);
  let rest = [];
  for (;;) {
    const size = readSync(0, chunk);
    if (!size) return;
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0 && end < size; end = chunk.indexOf(10, start)) {
      rest.push(Buffer.from(chunk.subarray(start, end)));
      yield Buffer.concat(rest).toString('utf8');
      rest = [];
      start = end + 1;
    }
    rest.push(Buffer.from(chunk.subarray(start, size)));
  }
}

function answer(text) {
  let bytes = Buffer.from(`${text}\n`);
  while (bytes.length) bytes = bytes.subarray(writeSync(1, bytes));
}

for (const line of lines()) answer(JSON.stringify(JSON.parse(line).map(run)));
