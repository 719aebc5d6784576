import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FaultPlan } from "../intake/faults.ts";
import { decodeMessage } from "./decode.ts";
import type { ReceivedMessage, ReceivedPoint } from "./decode.ts";

export interface WriteArrival {
  readonly headers: Readonly<Record<string, string>>;
  readonly version: "1.0" | "2.0";
  readonly points: number;
  /** 0 = the connection was cut. */
  status: number;
}

export interface ReceiverOptions {
  /** False: a receiver of 1.0, which answers 204 to a 2.0 message and stores nothing, as Prometheus 2.42 does. */
  readonly knows2?: boolean;
  /** Answers 500 to every request with a series for which this is true, and stores nothing of it. */
  readonly chokesOn?: (point: ReceivedPoint) => boolean;
  /** A receiver of 2.0 that stores only points for which this is true, and answers `status` where there were others. */
  readonly picks?: { readonly point: (point: ReceivedPoint) => boolean; readonly status: number };
  /** Answers 401 to every request without this bearer token, and stores nothing of it. */
  readonly token?: () => string;
  /** Serves HTTPS. */
  readonly tls?: https.ServerOptions;
}

/** A receiver of remote write that is strict: what breaks the specification becomes a line of `wrongs`. */
export interface Receiver {
  readonly url: string;
  readonly path: string;
  /** The server of `tls`. */
  readonly server: https.Server | undefined;
  readonly faults: FaultPlan;
  readonly arrivals: readonly WriteArrival[];
  /** Points of each series, in order of arrival. */
  readonly series: ReadonlyMap<string, readonly ReceivedPoint[]>;
  readonly metadata: ReadonlyMap<string, ReceivedMessage["metadata"][number]>;
  readonly wrongs: readonly string[];
  /** The values of one series, by the labels behind its name: `hits_total{a="1"}`. */
  values(series: string): ReceivedPoint["value"][];
  readonly stored: number;
  close(): Promise<void>;
}

const PATH = "/api/v1/write";

export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const state = new State(options);
  const serve = (request: IncomingMessage, response: ServerResponse): void => void state.serve(request, response);
  const tlsServer = options.tls && https.createServer(options.tls, serve);
  const server = tlsServer ?? createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `${tlsServer === undefined ? "http" : "https"}://127.0.0.1:${port}${PATH}`,
    path: PATH,
    server: tlsServer,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

class State {
  readonly faults = new FaultPlan();
  readonly arrivals: WriteArrival[] = [];
  readonly series = new Map<string, ReceivedPoint[]>();
  readonly metadata = new Map<string, ReceivedMessage["metadata"][number]>();
  readonly wrongs: string[] = [];
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  get stored(): number {
    return [...this.series.values()].reduce((sum, points) => sum + points.length, 0);
  }

  values(wanted: string): ReceivedPoint["value"][] {
    const brace = wanted.indexOf("{");
    const name = brace < 0 ? wanted : wanted.slice(0, brace);
    const rest = brace < 0 ? "" : wanted.slice(brace + 1, -1);
    const found = [...this.series.entries()].filter(([, points]) => {
      const labels = points[0]?.labels ?? [];
      const others = labels.filter(([key]) => key !== "__name__" && key !== "job" && key !== "instance");
      const isNamed = labels.some(([key, value]) => key === "__name__" && value === name);
      return isNamed && others.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",") === rest;
    });
    return found.flatMap(([, points]) => points.map(({ value }) => value));
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.take(PATH);
    if (fault.type === "cut_before") return void request.destroy();
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const arrival = this.#read(request, body);
    if (arrival === undefined) return void response.writeHead(400).end("not remote write");
    const { message, entry } = arrival;
    this.arrivals.push(entry);
    if (fault.type === "hang") return;
    if (fault.type === "delay") await delay(fault.ms);
    if (fault.type === "answer") {
      entry.status = fault.status;
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
    }
    if (message.points.some((point) => this.#options.chokesOn?.(point) ?? false)) {
      entry.status = 500;
      return void response.writeHead(500).end("duplicate label");
    }
    const { knows2 = false, picks, token } = this.#options;
    if (token !== undefined && entry.headers["authorization"] !== `Bearer ${token()}`) {
      entry.status = 401;
      return void response.writeHead(401).end();
    }
    const isLost = entry.version === "2.0" && !knows2;
    const points = message.points.filter((point) => picks?.point(point) ?? true);
    entry.status = points.length < message.points.length ? (picks?.status ?? 204) : 204;
    if (!isLost) this.#store({ ...message, points });
    if (fault.type === "cut_after") return void request.destroy();
    const written = { "X-Prometheus-Remote-Write-Samples-Written": String(points.length) };
    response.writeHead(entry.status, entry.version === "2.0" && !isLost ? written : {}).end();
  }

  #read(request: IncomingMessage, body: Buffer): { message: ReceivedMessage; entry: WriteArrival } | undefined {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const version = headers["x-prometheus-remote-write-version"] === "2.0.0" ? "2.0" : "1.0";
    const type =
      version === "2.0" ? "application/x-protobuf;proto=io.prometheus.write.v2.Request" : "application/x-protobuf";
    const wants = {
      "content-encoding": "snappy",
      "content-type": type,
      "x-prometheus-remote-write-version": version === "2.0" ? "2.0.0" : "0.1.0",
    };
    for (const [name, value] of Object.entries(wants)) {
      if (headers[name] !== value) this.wrongs.push(`${name} is ${headers[name]}`);
    }
    if (request.method !== "POST" || request.url !== PATH) this.wrongs.push(`${request.method} ${request.url}`);
    try {
      const message = decodeMessage(body, version);
      return { message, entry: { headers, version, points: message.points.length, status: 0 } };
    } catch (error) {
      this.wrongs.push((error as Error).message);
      return undefined;
    }
  }

  #store({ points, metadata }: ReceivedMessage): void {
    for (const family of metadata) this.metadata.set(family.name, family);
    for (const point of points) {
      const before = this.series.get(point.series) ?? [];
      const last = before.at(-1);
      // A request that was taken although its sender could not know comes again, with the same points.
      if (last !== undefined && point.timeMs < last.timeMs) this.wrongs.push(`${point.series} goes back in time`);
      if (last !== undefined && point.timeMs === last.timeMs) this.wrongs.push(`${point.series} comes twice`);
      this.series.set(point.series, [...before, point]);
    }
  }
}
