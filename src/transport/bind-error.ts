import { TransportError } from "./transport.ts";

const REMEDIES = new Map<string, (finder: string) => string>([
  [
    "EADDRINUSE",
    (finder) =>
      `another process already listens there (find it: ${finder}); stop it, or choose another address with --listen`,
  ],
  ["EACCES", () => "this process may not use that port; ports below 1024 need a privilege, so choose a higher one"],
  ["EADDRNOTAVAIL", () => "this machine has no such address; use one of its own, 127.0.0.1, or 0.0.0.0 for all"],
  ["EINVAL", () => "that address cannot be listened on; a link-local one needs its interface, as in [fe80::1%eth0]"],
  ["EAFNOSUPPORT", () => "this machine has no IPv6; use an IPv4 address"],
  ["EAI_AGAIN", () => "the host name cannot be looked up now; write an IP address"],
  ["ENOTFOUND", () => "the host name is unknown; write an IP address"],
]);

/** Why a port could not be had, and what to do; `finder` is the command that finds who has it. */
export function explainBindError(url: string, finder: string, error: unknown): TransportError {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy = REMEDIES.get(code ?? "")?.(finder) ?? message;
  return new TransportError(url, `cannot listen: ${remedy}${code === undefined ? "" : ` (${code})`}`, error);
}
