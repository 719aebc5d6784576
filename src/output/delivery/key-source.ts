import { createSecret } from "../../std/secret.ts";
import type { Secret } from "../../std/secret.ts";

/** Where a secret comes from: given once, or a file that may change. */
export interface KeySource {
  /** undefined = none is configured. Throws when the file cannot be read or is empty. */
  get(): Promise<Secret | undefined>;
  /** Reads the file again; true when the key is another now. */
  refresh(): Promise<boolean>;
  /** Every key seen, old ones too, for taking them out of foreign texts. */
  seen(): readonly string[];
}

export interface KeyPlace {
  /** What it is, for errors: `API key`. */
  readonly what: string;
  readonly given: Secret | undefined;
  /** Not read where one is given. */
  readonly file: string | undefined;
}

export function createKeySource(
  { what, given, file }: KeyPlace,
  readFile: (path: string) => Promise<string>,
): KeySource {
  if (given !== undefined || file === undefined) {
    const seen = given === undefined ? [] : [given.reveal()];
    return { get: async () => given, refresh: async () => false, seen: () => seen };
  }
  const seen: string[] = [];
  let current: Secret | undefined;
  const read = async (): Promise<boolean> => {
    const key = createSecret(await readFile(file));
    if (key.reveal() === "") throw new Error(`the ${what} file ${file} is empty`);
    const changed = current?.reveal() !== key.reveal();
    current = key;
    if (!seen.includes(key.reveal())) seen.push(key.reveal());
    return changed;
  };
  return {
    get: async () => {
      if (current === undefined) await read();
      return current;
    },
    refresh: read,
    seen: () => seen,
  };
}
