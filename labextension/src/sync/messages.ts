import { fromWire, type Op } from '../core/ops';
import { fromSnapshot, type State } from '../core/state';
import type { Buffers, Bytes, Json } from '../core/values';

/** The header of every message; which fields a message has is said in SPEC 3.1. */
export interface Header {
  msgid: string;
  msgtype: string;
  reqid?: string;
  session?: string;
  client?: string | undefined;
  resume_key?: string | undefined;
  epoch?: string | null;
  seq?: number | undefined;
  base?: number;
  since?: number;
  rev?: number;
  seen?: number;
  last_seq?: number | null;
  result?: Json;
  msgs?: number;
  buffers?: number | undefined;
  part?: readonly [k: number, n: number];
  total?: number;
  n?: number;
  got?: number;
  probe?: boolean;
  inline?: boolean;
  volatile?: boolean;
}

/** A message with its content still in JSON form. */
export interface Message {
  readonly header: Header;
  readonly content: Json;
  readonly buffers: Bytes[];
}

/** What a sender may not exceed, in bytes or counts (SPEC 3.4). */
export interface Limits {
  readonly frame?: number;
  readonly ops?: number;
  readonly depth?: number;
  readonly string?: number;
  readonly pending?: number;
}

/** One committed transaction. */
export interface Tx {
  readonly rev: number;
  readonly by?: string | undefined;
  readonly seq?: number | undefined;
  /** Whether its author's OK tells conflicts. */
  readonly conflicts?: boolean | undefined;
  readonly ops: readonly Op[];
}

/** What the server says became of one submitted operation. */
export interface WireConflict {
  readonly op: number;
  readonly kind: string;
  readonly rev?: number;
  readonly by?: string;
}

/** The outcome of a transaction: an OK or ERROR about a `seq`, or the `result` of a PULL reply. */
export interface Outcome {
  readonly type: string;
  readonly seq: number;
  readonly since: number;
  readonly rev: number;
  /** What was committed; null says exactly what was submitted. */
  readonly ops: readonly Op[] | null;
  readonly conflicts?: readonly WireConflict[];
  readonly code?: string;
  readonly text?: string;
  /** Which submitted operation was refused. */
  readonly op?: number;
}

/** A PULL-DOC-REPLY or PUSH-DOC. */
export interface Reply {
  /** Absent in a PUSH-DOC. */
  readonly client?: string;
  readonly epoch: string;
  readonly since?: number;
  readonly rev: number;
  readonly last_seq?: number | null;
  readonly msgs?: number;
  readonly outcome: Outcome | undefined;
  /** Without it the reply is a delta. */
  readonly doc: State | undefined;
  readonly txs: readonly Tx[];
}

/** The operations of JSON forms. */
export function decodeOps(raw: Json[] = [], buffers: Buffers = []): Op[] {
  return raw.map((op) => fromWire(op, buffers));
}

/** The transactions of JSON forms: each counts buffers from its own first one, and takes its own away (SPEC 3.2). */
export function decodeTxs(raw: Json[] = [], buffers: Buffers): Tx[] {
  return raw.map(({ nbuf = 0, ops, ...tx }) => ({
    ...tx,
    ops: decodeOps(ops, buffers.splice(0, nbuf)),
  }));
}

/** The outcome in the fields of an OK or ERROR, or of the `result` of a reply. */
export function decodeOutcome(raw: Json, buffers: Buffers): Outcome {
  return { ...raw, ops: raw.verbatim ? null : decodeOps(raw.ops, buffers) };
}

/** The reply in a PULL-DOC-REPLY or PUSH-DOC. */
export function decodeReply({ header, content: { doc, txs }, buffers }: Message): Reply {
  const { result } = header;
  return {
    ...(header as Json),
    txs: decodeTxs(txs, buffers),
    doc: doc && fromSnapshot(doc, buffers),
    outcome: result && decodeOutcome({ ...result.content, ...result }, buffers),
  };
}
