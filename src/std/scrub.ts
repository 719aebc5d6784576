/** Takes secrets out of a text that is about to be shown: a log line, an error, a status page. */
export type Scrubber = (text: string) => string;

const SHOWN = "[redacted]";
/** A Datadog API key is 32 hexadecimal digits and an application key 40; nothing else that we print looks so. */
const HEXADECIMAL_KEY = /(?<![0-9a-fA-F])(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])/g;
/** `api_key=…` in a URL, `"DD-API-KEY": "…"` in headers: whatever follows, up to a delimiter. */
const NAMED_KEY = /((?:dd[-_])?(?:api|app(?:lication)?)[-_]?key(?:\\?["'])?\s*[=:]\s*(?:\\?["'])?)[^\s&"'\\,;)}\]]+/gi;
/** `https://user:password@host`, as in a proxy's URL. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/gi;

/** Below this many characters a replacement would only hit other words: such a text protects nothing anyway. */
const SECRET_LENGTH_MIN = 4;

/**
 * A scrubber that removes the given secrets, also where they stand escaped in JSON or in a URL, and everything that
 * looks like a key although nobody named it.
 */
export function createScrubber(secrets: readonly string[]): Scrubber {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SECRET_LENGTH_MIN) continue;
    spellings.add(secret);
    spellings.add(JSON.stringify(secret).slice(1, -1));
    spellings.add(encodeURIComponent(secret));
  }
  // Longest first, so that a secret inside another one does not leave the rest standing.
  const known = [...spellings].toSorted((left, right) => right.length - left.length);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, SHOWN);
    return clean.replace(NAMED_KEY, `$1${SHOWN}`).replace(HEXADECIMAL_KEY, SHOWN).replace(URL_PASSWORD, `$1${SHOWN}`);
  };
}
