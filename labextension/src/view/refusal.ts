import type { Op } from '../core/ops';
import type { Conflict } from '../sync/replica';

const LEAD = 'Your change was not kept';

// Codes of a refusal (SPEC 3.2) that say something to whoever made the change.
const REASONS: Readonly<Record<string, string>> = {
  'read-only': 'this document is read-only.',
  'not-yours': 'it cannot be made from here.',
  unauthorised: 'you may not make it.',
  'too-large': 'it is too large.',
  'rate-limited': 'there were too many at once.',
  'stale-epoch': 'the session that it was made in has ended.',
};

/** What to tell the user of a refused edit; null when nothing was refused. */
export function refusalText({ kind, code = '', text, op }: Conflict): string | null {
  if (kind !== 'refused') return null;
  // Only here do the words come from the check that the value did not pass.
  const reason = REASONS[code] ?? (code === 'invalid-value' ? plain(text, op) : '');
  return reason ? `${LEAD}: ${reason}` : `${LEAD}.`;
}

/** The check's words without the property's name, which no user knows. */
function plain(text = '', op?: Op): string {
  const name = op && 'p' in op ? `${op.p[0]}: ` : '';
  return text.startsWith(name) ? text.slice(name.length) : text;
}
