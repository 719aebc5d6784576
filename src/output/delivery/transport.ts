import { Agent, buildConnector, request } from "undici";

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

export interface TransportSettings {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /**
   * Asked at each new connection, so that renewed certificates are used without a restart; the same object = the same
   * settings. What it throws is why that connection failed. Absent: what the system trusts.
   */
  readonly tls?: () => TlsSettings;
}

/** HTTP/1.1 with connections kept alive; redirects are answers like any other and are not followed. */
export function createTransport({ connectionsMax, connectTimeoutMs, tls }: TransportSettings): Transport {
  const agent = new Agent({
    connections: connectionsMax,
    pipelining: 1,
    keepAliveTimeout: 90_000,
    connect: createConnector(connectTimeoutMs, tls ?? (() => SYSTEM_TLS)),
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

const SYSTEM_TLS: TlsSettings = {};

function createConnector(timeoutMs: number, tls: () => TlsSettings): buildConnector.connector {
  let settings: TlsSettings | undefined;
  let connect: buildConnector.connector;
  return (options, callback) => {
    const now = tls();
    // A connector remembers TLS sessions: one that was made with other settings must not be resumed.
    if (now !== settings) connect = buildConnector({ timeout: timeoutMs, allowH2: false, ...now });
    settings = now;
    connect(options, callback);
  };
}
