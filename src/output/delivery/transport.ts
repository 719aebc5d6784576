import { Agent, request } from "undici";

export interface ResponseHead {
  readonly status: number;
  /** Header values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Ends the request early. */
  readonly signal: AbortSignal;
}

export interface PostResponse extends ResponseHead {
  /** At most BODY_CHARS_MAX characters. */
  readonly body: string;
}

/** Posts bytes. Throws on anything but a complete response: no connection, a timeout, a cut. */
export interface Transport {
  post(request: PostRequest): Promise<PostResponse>;
  close(): Promise<void>;
}

const BODY_CHARS_MAX = 4096;
/** A response of ours is some bytes; one that goes on for longer is not read to its end. */
const BODY_BYTES_MAX = 1024 * 1024;

/** How a server is known, and how we are, beyond what the system trusts. Texts are PEM. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** HTTP/1.1 with connections kept alive; redirects are answers like any other and are not followed. */
export function createTransport(settings: {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly tls?: TlsSettings;
}): Transport {
  const agent = new Agent({
    connections: settings.connectionsMax,
    pipelining: 1,
    keepAliveTimeout: 90_000,
    connect: { timeout: settings.connectTimeoutMs, ...settings.tls },
    maxResponseSize: BODY_BYTES_MAX,
  });
  return {
    async post({ url, headers, body, timeoutMs, signal }) {
      const response = await request(url, {
        method: "POST",
        headers,
        body,
        dispatcher: agent,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.body.text();
      const seen = new Map<string, string>();
      for (const [name, value] of Object.entries(response.headers)) {
        if (value !== undefined) seen.set(name, Array.isArray(value) ? value.join(", ") : value);
      }
      return { status: response.statusCode, headers: seen, body: text.slice(0, BODY_CHARS_MAX) };
    },
    close: () => agent.destroy(),
  };
}
