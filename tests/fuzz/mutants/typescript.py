"""Breakages of the engine in TypeScript, as replacements in the sources that are bundled."""

from __future__ import annotations

from typing import NamedTuple


class Breakage(NamedTuple):
    """Text that occurs once in a file of labextension/src, and what stands there instead."""

    name: str
    file: str
    find: str
    replace: str

    @property
    def edit(self) -> dict[str, str]:
        """What the bundler is told."""
        return {"file": self.file, "find": self.find, "replace": self.replace}


MUTANTS = [
    Breakage(
        "overlooks-gaps",
        "sync/replica.ts",
        "if (since !== this.rev) return false;\n    if",
        "if",
    ),
    Breakage(
        "verbatim-always",
        "sync/messages.ts",
        "ops: raw.verbatim ? null : decodeOps(raw.ops, buffers)",
        "ops: raw.type === 'OK' && raw.rev > raw.since ? null : []",
    ),
    Breakage(
        "counts-anew-when-it-sends-again",
        "sync/replica.ts",
        "return { client, seq: flight.seq,",
        "return { client, seq: (flight.seq = ++this.seq),",
    ),
    Breakage(
        "keeps-what-it-should-withdraw",
        "sync/replica.ts",
        "for (const op of entry.undo) this.attempt(op);",
        "",
    ),
    Breakage(
        "sends-half-of-a-whole",
        "sync/rebase.ts",
        "of.broken = true",
        "of.broken = false",
    ),
    Breakage(
        "loses-silently",
        "sync/rebase.ts",
        "else replica.view.conflict(conflict);",
        "",
    ),
    Breakage(
        "tells-no-refusal",
        "sync/rebase.ts",
        "type === 'ERROR' ? [...conflicts, { ...outcome, kind: 'refused' }] : conflicts",
        "conflicts",
    ),
    Breakage(
        "tells-no-conflict-beside-a-delta",
        "sync/resume.ts",
        "if (outcome) complain(replica, outcome);",
        "if (doc && outcome) complain(replica, outcome);",
    ),
    Breakage(
        "rebases-nothing",
        "sync/rebase.ts",
        "return left.map((piece) => ({ ...entry, op: piece }));",
        "return [entry];",
    ),
    Breakage(
        "hears-its-own-volatile-events",
        "sync/link.ts",
        "if (content.by === replica.client) return;",
        "",
    ),
    Breakage(
        "rolls-nothing-out",
        "core/columns.ts",
        "const first = Math.max(at > end ? at : this.first, at + n - roll);",
        "const first = at > end ? at : this.first;",
    ),
    Breakage(
        "begins-before-the-code-is-there",
        "sync/replica.ts",
        "if (this.flight || this.pending) late.get()",
        "this.rev = rev;\n    if (this.flight || this.pending) late.get()",
    ),
    Breakage(
        "loses-what-waits-for-code",
        "sync/link.ts",
        "this.#inbox.unshift(given);\n    this.#waits",
        "this.#waits",
    ),
    Breakage(
        "forgets-what-was-lost-in-flight",
        "sync/replica.ts",
        "for (const conflict of this.flight?.lost.splice(0) ?? []) this.view.conflict(conflict);",
        "",
    ),
]
