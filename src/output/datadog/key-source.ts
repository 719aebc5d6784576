import type { DatadogOptions } from "./options.ts";
import { createSecret } from "../../std/secret.ts";
import type { Secret } from "../../std/secret.ts";

/** Where the API key comes from: given once, or a file that may change. */
export interface KeySource {
  /** undefined = no key is configured. Throws when the file cannot be read or is empty. */
  get(): Promise<Secret | undefined>;
  /** Reads the file again; true when the key is another now. */
  refresh(): Promise<boolean>;
  /** Every key seen, old ones too, for taking them out of foreign texts. */
  seen(): readonly string[];
}

export function createKeySource(
  options: Pick<DatadogOptions, "apiKey" | "apiKeyFile">,
  readFile: (path: string) => Promise<string>,
): KeySource {
  const { apiKey, apiKeyFile } = options;
  if (apiKey !== undefined || apiKeyFile === undefined) {
    const seen = apiKey === undefined ? [] : [apiKey.reveal()];
    return { get: async () => apiKey, refresh: async () => false, seen: () => seen };
  }
  const seen: string[] = [];
  let current: Secret | undefined;
  const read = async (): Promise<boolean> => {
    const key = createSecret(await readFile(apiKeyFile));
    if (key.reveal() === "") throw new Error(`the API key file ${apiKeyFile} is empty`);
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
