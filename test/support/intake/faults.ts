/** What goes wrong with one request. */
export type Fault =
  | {
      readonly type: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Taken, but only after a while. */
  | { readonly type: "delay"; readonly ms: number }
  /** The connection is cut before the body is read, or after it has been taken: then the sender cannot know. */
  | { readonly type: "cut_before" }
  | { readonly type: "cut_after" }
  /** The body is read, and no answer ever comes. */
  | { readonly type: "hang" }
  /** Taken; the answer comes byte by byte, `ms` apart. */
  | { readonly type: "drip"; readonly ms: number }
  | { readonly type: "none" };

/** The script: for each route, what happens to its next requests, in order; afterwards all is well. */
export class FaultPlan {
  /** Requests with more bytes on the wire are answered 413 for as long as this is set. */
  bytesMax: number | undefined;
  readonly #steps = new Map<string, Fault[]>();
  readonly #standing = new Map<string, Fault>();

  next(path: string, ...faults: readonly Fault[]): void {
    this.#steps.set(path, [...(this.#steps.get(path) ?? []), ...faults]);
  }

  /** From now on, for every request without a step of its own; undefined = all is well again. */
  always(path: string, fault: Fault | undefined): void {
    if (fault === undefined) this.#standing.delete(path);
    else this.#standing.set(path, fault);
  }

  take(path: string): Fault {
    return this.#steps.get(path)?.shift() ?? this.#standing.get(path) ?? { type: "none" };
  }
}
