import { createSecret } from "../../std/secret.ts";
import type { Secret } from "../../std/secret.ts";

/** Where a secret comes from: given once, or a file that may change. */
export interface KeySource {
  /** undefined = none is configured. Throws when the file cannot be read or is empty. */
  get(): Promise<Secret | undefined>;
  /** Reads the file again; on errors, which are thrown, the key stays what it was. */
  refresh(): Promise<void>;
  /** Every key seen, old ones too, for taking them out of foreign texts. */
  seen(): readonly string[];
}

export interface KeyPlace {
  /** What it is, for errors: `API key`. */
  readonly what: string;
  readonly given: Secret | undefined;
  /** Not read where one is given. */
  readonly file: string | undefined;
  /** It stands in a header as it is: a file whose text no header can carry (a torn write, a binary) is an error. */
  readonly isHeader: boolean;
}

export function createKeySource(
  { what, given, file, isHeader }: KeyPlace,
  readFile: (path: string) => Promise<string>,
): KeySource {
  if (given !== undefined || file === undefined) {
    const seen = given === undefined ? [] : [given.reveal()];
    return { get: async () => given, refresh: async () => {}, seen: () => seen };
  }
  const seen: string[] = [];
  let current: Secret | undefined;
  const read = async (): Promise<void> => {
    const key = createSecret(await readFile(file));
    if (key.reveal() === "") throw new Error(`the ${what} file ${file} is empty`);
    if (isHeader && !/^[\x21-\x7e]+$/.test(key.reveal()))
      throw new Error(`the ${what} file ${file} has blanks, line ends or other characters that no ${what} has`);
    current = key;
    if (!seen.includes(key.reveal())) seen.push(key.reveal());
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
