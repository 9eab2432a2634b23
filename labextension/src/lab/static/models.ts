import type { Bytes, Json } from '../../core/values';

/** A model with its values in their JSON form, array data in `buffers` or inline. */
export class StaticModel {
  constructor(
    /** The wire type. */
    readonly type: string,
    /** The built-in type it is shown as, or its own. */
    readonly look: string,
    readonly props: { readonly [name: string]: Json },
    readonly buffers: readonly Bytes[],
  ) {}

  /** The type as a reader knows it: `ui/Slider@1` is a Slider. */
  get name(): string {
    return (this.type.split('/').at(-1) as string).split('@')[0] as string;
  }
}

/** The model of an id. */
export type Find = (id: string) => StaticModel | undefined;
