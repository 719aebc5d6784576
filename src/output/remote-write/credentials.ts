import { createKeySource } from "../delivery/key-source.ts";
import type { AuthOptions, RemoteWriteOptions } from "./options.ts";

/** The headers that say who we are, made for each request, so that secrets are nowhere else. */
export interface Credentials {
  /** Throws when a file cannot be read or is empty. */
  headers(): Promise<Record<string, string>>;
  /**
   * After a 401 or 403 for a request with the headers `sent`: reads files again; true when others would be sent now. Not
   * whether the file has changed since it was last read: several requests are refused because of one old token.
   */
  isRenewed(sent: Readonly<Record<string, string>>): Promise<boolean>;
  /** Every secret seen, for taking them out of foreign texts. */
  seen(): readonly string[];
}

export function createCredentials(
  { auth, headers }: Pick<RemoteWriteOptions, "auth" | "headers">,
  readFile: (path: string) => Promise<string>,
): Credentials {
  const isBasic = auth.username !== undefined;
  const key = createKeySource(placeOf(auth, isBasic), readFile);
  const own = headers.map(([, value]) => value.reveal());
  const basic = (password: string): string => Buffer.from(`${auth.username}:${password}`).toString("base64");
  const make = async (): Promise<Record<string, string>> => {
    const all: Record<string, string> = {};
    for (const [name, value] of headers) all[name.toLowerCase()] = value.reveal();
    const secret = (await key.get())?.reveal();
    if (isBasic) all["authorization"] = `Basic ${basic(secret ?? "")}`;
    else if (secret !== undefined) all["authorization"] = `Bearer ${secret}`;
    return all;
  };
  return {
    headers: make,
    async isRenewed(sent) {
      await key.refresh();
      return (await make())["authorization"] !== sent["authorization"];
    },
    seen: () => [...own, ...key.seen(), ...(isBasic ? key.seen().map(basic) : [])],
  };
}

function placeOf(auth: AuthOptions, isBasic: boolean): Parameters<typeof createKeySource>[0] {
  return isBasic
    ? { what: "password", given: auth.password, file: auth.passwordFile, isHeader: false }
    : { what: "bearer token", given: auth.bearerToken, file: auth.bearerTokenFile, isHeader: true };
}
