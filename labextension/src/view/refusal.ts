import type { Op } from '../core/ops';
import type { Conflict } from '../sync/replica';
import { words } from './words';

/** What to tell the user of a refused edit; null when nothing was refused. */
export function refusalText({ kind, code = '', text, op }: Conflict): string | null {
  return kind === 'refused' ? words.refused(code, plain(text, op)) : null;
}

/** The check's words without the property's name, which no user knows. */
function plain(text = '', op?: Op): string {
  const name = op && 'p' in op ? `${op.p[0]}: ` : '';
  return text.startsWith(name) ? text.slice(name.length) : text;
}
