import type { Bytes } from '../core/values';
import type { Assets } from './assets';

/** What a property is (SPEC 5.9). */
export interface PropertyEntry {
  readonly kind: unknown;
  readonly default?: unknown;
  /** Whether a page may write it. */
  readonly client?: boolean;
  /** False for what never enters a notebook, an export or a store. */
  readonly saved?: boolean;
  readonly doc?: string;
}

/** What a type is: its properties by name, and how it is shown. */
export interface TypeEntry {
  readonly name: string;
  readonly properties: { readonly [name: string]: PropertyEntry };
  readonly events?: readonly string[];
  readonly creatable?: boolean;
  /** The built-in type it is shown as, or the hashes of its own view's code. */
  readonly view?: string | { readonly esm: string; readonly css?: string } | null;
}

// What is not saved of built-in types; other types say so in their entries.
const UNSAVED: { readonly [type: string]: readonly string[] } = { 'ui/PasswordInput@1': ['value'] };

/** The types that documents bring along; those without a hash in the name are built in. */
export class Types {
  private readonly entries = new Map<string, TypeEntry>();

  constructor(private readonly assets: Assets) {}

  /** Hashes of all that is known. */
  get known(): string[] {
    return [...this.entries.keys()];
  }

  /** Take in entries by their hashes. */
  learn(entries: { readonly [hash: string]: TypeEntry }): void {
    for (const hash of Object.keys(entries)) this.entries.set(hash, entries[hash] as TypeEntry);
  }

  /** What a type is: null when it is built in, undefined while that is not known. */
  entry(type: string): TypeEntry | null | undefined {
    const hash = hashOf(type);
    return hash === undefined ? null : this.entries.get(hash);
  }

  /** Whether a property may be kept beyond the page: in a file, or with the tab. */
  keeps(type: string, name: string): boolean {
    const entry = this.entry(type);
    if (entry === undefined) return false;
    const look = typeof entry?.view === 'string' ? entry.view : bare(type);
    return !UNSAVED[look]?.includes(name) && (entry?.properties[name]?.saved ?? true);
  }

  /** What a type is; asks for an entry that did not come along. */
  async find(type: string): Promise<TypeEntry | null> {
    const hash = hashOf(type);
    if (hash === undefined) return null;
    if (!this.entries.has(hash)) this.learn({ [hash]: parsed(await this.assets.get(hash)) });
    return this.entries.get(hash) as TypeEntry;
  }
}

function bare(type: string): string {
  return type.split('#')[0] as string;
}

function hashOf(type: string): string | undefined {
  return type.split('#')[1];
}

function parsed(bytes: Bytes): TypeEntry {
  return JSON.parse(new TextDecoder().decode(bytes));
}
