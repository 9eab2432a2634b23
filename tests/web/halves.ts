/** The engine's second half, which a test takes away and gives back. */
import { late as coreLate } from '../../labextension/src/core/late';
import { second as core } from '../../labextension/src/core/second';
import { late } from '../../labextension/src/sync/late';
import { second } from '../../labextension/src/sync/second';

/** The engine as a page has it at its start. */
export function half(): void {
  coreLate.install(undefined as never);
  late.install(undefined as never);
}

/** The whole engine. */
export function whole(): void {
  coreLate.install(core);
  late.install(second);
}
