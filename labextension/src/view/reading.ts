import type { Model } from '../model/model';

type Numeric = HTMLElement & { label?: string; value?: unknown; min?: unknown; step?: unknown };

/** The number an element holds, written beside its label: what the hand does, before Python knows. */
export class Reading {
  private readonly line = document.createElement('span');
  // Nodes that stay: a hand changes the number many times a second.
  private readonly label = document.createTextNode('');
  private readonly number = document.createTextNode('');

  constructor(
    private readonly element: Numeric,
    private readonly model: Model,
    /** The property that says whether it is to be seen. */
    private readonly name: string,
  ) {
    this.line.slot = 'label';
    this.line.className = 'syncline-reading';
    const [label, number] = [document.createElement('span'), document.createElement('span')];
    // The element says its value itself.
    number.setAttribute('aria-hidden', 'true');
    label.append(this.label);
    number.append(this.number);
    this.line.append(label, number);
    this.update();
  }

  /** Bring it in step with the element. */
  update(): void {
    if (this.model.get(this.name) !== true) {
      this.line.remove();
      return;
    }
    const { label, value, min, step } = this.element;
    say(this.label, label ?? '');
    say(this.number, readingOf(Number(value), Number(min), Number(step)));
    if (!this.line.parentNode) this.element.append(this.line);
  }
}

function say(node: Text, text: string): void {
  if (node.data !== text) node.data = text;
}

/** A value with as many decimals as the places it can stand at have. */
export function readingOf(value: number, min: number, step: number): string {
  const digits = Math.max(decimals(min), decimals(step));
  // Four digits may be a year.
  return formatOf(digits, Math.abs(value) >= 10_000).format(value);
}

const formats = new Map<string, Intl.NumberFormat>();

/** Made once: to make one takes longer than to use it hundreds of times. */
function formatOf(digits: number, useGrouping: boolean): Intl.NumberFormat {
  const key = `${digits} ${useGrouping}`;
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = formats.get(key) ?? new Intl.NumberFormat(undefined, { ...fraction, useGrouping });
  formats.set(key, format);
  return format;
}

function decimals(value: number): number {
  if (!Number.isFinite(value)) return 0;
  const [digits = '', exponent = '0'] = `${value}`.split('e');
  const fraction = digits.split('.')[1]?.length ?? 0;
  return Math.min(20, Math.max(0, fraction - Number(exponent)));
}
