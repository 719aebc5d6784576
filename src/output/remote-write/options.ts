import type { Secret } from "../../std/secret.ts";
import type { Version } from "./proto/message.ts";

/** How the Prometheus projection is pushed. */
export interface RemoteWriteOptions {
  /** The whole URL, for example `http://prometheus:9090/api/v1/write`. */
  readonly url: string;
  /** 2.0 falls back to 1.0 where the receiver does not confirm what it wrote. */
  readonly version: Version;
  /** Labels of every series that has no such label itself: what tells this server's series from another's. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** More headers, for example the tenant's `X-Scope-OrgID`. */
  readonly headers: readonly (readonly [name: string, value: Secret])[];
  readonly auth: AuthOptions;
  readonly tls: TlsOptions;
  /** For example `tallyd/0.1.0`. */
  readonly userAgent: string;
  /** One request, from connecting to the end of the response. */
  readonly timeoutMs: number;
  /** Queues, each with one request in flight; a series always goes through the same one. */
  readonly shards: number;
  readonly pointsPerRequestMax: number;
  /** Requests that wait for delivery, all shards together, compressed; the oldest are dropped first. */
  readonly queueBytesMax: number;
  /** Older requests are dropped: receivers refuse samples that are older than an hour or so. 0 = no limit. */
  readonly ageMaxMs: number;
  /** Histograms with bounds as native ones, in exponential buckets alone; the projection must keep what they are made of. */
  readonly native: boolean;
  /** Says at shutdown that the series end; else queries see their last value for five minutes more. */
  readonly staleAtShutdown: boolean;
}

/** Files are PEM, and are read when the output is made. */
export interface TlsOptions {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
}

export interface AuthOptions {
  readonly bearerToken: Secret | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly passwordFile: string | undefined;
}
