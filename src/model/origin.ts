/** Where a line came from, as its client says in the fields `c:`, `e:` and `card:` (DogStatsD 1.2 to 1.6). */
export interface Origin {
  /** Of `c:`; "" = none. */
  readonly containerId: string;
  /** Of `c:in-…`, the inode of the container's cgroup in decimal digits; "" = none. */
  readonly containerInode: string;
  /** Of `e:`; "" = none. */
  readonly containerName: string;
  readonly podUid: string;
  /** Of `e:it-…`; undefined = not said. */
  readonly isInitContainer: boolean | undefined;
  /** Of `card:`, any text; "" = none. */
  readonly cardinality: string;
}

/** What a line says, and where it says that it came from. */
export type Sent<Said> = Said & { readonly origin: Origin | undefined };
