import type { CoreExports } from "./module.ts";

/** A piece of the core's memory that grows when more is asked of it; what was in it is not kept then. */
export class Region {
  readonly #core: CoreExports;
  readonly #purpose: string;
  offset = 0;
  #bytes = 0;

  /** `purpose` completes "no memory to …". */
  constructor(core: CoreExports, purpose: string) {
    this.#core = core;
    this.#purpose = purpose;
  }

  /** Makes room for `bytes` at `offset`. Throws when the tally's memory is used up. */
  reserve(bytes: number): void {
    if (bytes <= this.#bytes) return;
    if (this.#bytes > 0) this.#core.free(this.offset, this.#bytes);
    this.#bytes = 0;
    this.offset = this.#core.alloc(bytes) >>> 0;
    if (this.offset === 0) throw new Error(`no memory to ${this.#purpose} (${bytes} bytes)`);
    this.#bytes = bytes;
  }
}
