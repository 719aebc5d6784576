import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { decodeBody } from "./decode-body.ts";
import type { Fault } from "./faults.ts";
import { FaultPlan } from "./faults.ts";
import { Refusal } from "./refusal.ts";
import { INTAKE_ROUTES } from "./routes.ts";
import type { IntakeRoute } from "./routes.ts";
import { Store } from "./store.ts";

/** One request, in order of arrival. */
export interface Arrival {
  /** Unix milliseconds. */
  readonly time: number;
  readonly method: string;
  /** With its query, as sent. */
  readonly url: string;
  readonly path: string;
  readonly key: string;
  readonly encoding: string;
  readonly headers: Readonly<Record<string, string>>;
  /** On the wire. */
  bytes: number;
  /** Points in it, where it was taken. */
  points: number;
  /** What was answered; 0 = the connection was cut. */
  status: number;
  /** Why it was refused; "" = it was not. */
  refusal: string;
}

export interface IntakeOptions {
  /** Keys that are accepted; may be changed later. */
  readonly keys: readonly string[];
  /** Unix milliseconds. */
  readonly now?: () => number;
}

export interface Intake {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly keys: Set<string>;
  readonly store: Store;
  readonly faults: FaultPlan;
  readonly arrivals: readonly Arrival[];
  /** Decoded bodies of the routes other than series and sketches. */
  readonly others: readonly { readonly path: string; readonly body: unknown }[];
  close(): Promise<void>;
}

interface State {
  readonly keys: Set<string>;
  readonly store: Store;
  readonly faults: FaultPlan;
  readonly arrivals: Arrival[];
  readonly others: { path: string; body: unknown }[];
  readonly now: () => number;
}

/** Starts the intake on a free port of the loopback interface. */
export async function startIntake(options: IntakeOptions): Promise<Intake> {
  const state: State = {
    keys: new Set(options.keys),
    store: new Store(),
    faults: new FaultPlan(),
    arrivals: [],
    others: [],
    now: options.now ?? Date.now,
  };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { ...state, url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrival = arrivalOf(request, state.now());
  state.arrivals.push(arrival);
  const fault = state.faults.take(arrival.path);
  if (fault.type === "cut_before") {
    request.socket.destroy();
    return;
  }
  try {
    const route = routeOf(state, arrival);
    const body = await readBody(request, Math.min(route.wireBytesMax, state.faults.bytesMax ?? Infinity));
    arrival.bytes = body.length;
    if (fault.type === "answer") {
      return answer(response, arrival, fault.status, fault.body ?? '{"errors":["scripted"]}', fault.headers);
    }
    if (fault.type === "hang") return;
    take(state, route, arrival, body);
    await answerTaken(response, arrival, route, fault);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    arrival.refusal = error.message;
    answer(response, arrival, error.status, JSON.stringify({ errors: [error.message] }));
  }
}

function arrivalOf(request: IncomingMessage, time: number): Arrival {
  const url = request.url ?? "";
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    time,
    method: request.method ?? "",
    url,
    path: url.replace(/\?.*$/, ""),
    key: headers.get("dd-api-key") ?? "",
    encoding: headers.get("content-encoding") ?? "",
    headers: Object.fromEntries(headers),
    bytes: 0,
    points: 0,
    status: 0,
    refusal: "",
  };
}

function routeOf(state: State, arrival: Arrival): IntakeRoute {
  const route = INTAKE_ROUTES.get(arrival.path);
  if (route === undefined) throw new Refusal(404, "Not found");
  if (arrival.method !== route.method) throw new Refusal(405, "Method not allowed");
  const v2 = arrival.path.startsWith("/api/v2/");
  const inQuery = /[?&]api_key=/.test(arrival.url);
  if (arrival.key === "" || (v2 && inQuery)) throw new Refusal(403, "No API key specified in DD-API-KEY header");
  if (!state.keys.has(arrival.key)) throw new Refusal(403, "Forbidden");
  const type = contentType(arrival);
  if (route.method === "POST" && !route.contentTypes.includes(type)) throw new Refusal(415, `Content-Type ${type}`);
  return route;
}

function contentType(arrival: Arrival): string {
  return (arrival.headers["content-type"] ?? "").replace(/;.*$/, "").trim().toLowerCase();
}

/** Reads on to the end where the body is too large: a connection that is cut would hide the 413. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
  }
  if (bytes > bytesMax) throw new Refusal(413, "Payload too large");
  return Buffer.concat(chunks);
}

function take(state: State, route: IntakeRoute, arrival: Arrival, wire: Buffer): void {
  const body = decodeBody(wire, arrival.encoding === "" ? undefined : arrival.encoding, route.rawBytesMax);
  const taken = route.decode(body, contentType(arrival));
  const nowSeconds = state.now() / 1000;
  for (const point of taken.points ?? []) state.store.addPoint(point, nowSeconds);
  for (const sketch of taken.sketches ?? []) state.store.addSketch(sketch, nowSeconds);
  if (taken.other !== undefined) state.others.push({ path: arrival.path, body: taken.other });
  arrival.points = (taken.points?.length ?? 0) + (taken.sketches?.length ?? 0);
}

async function answerTaken(
  response: ServerResponse,
  arrival: Arrival,
  route: IntakeRoute,
  fault: Fault,
): Promise<void> {
  if (fault.type === "cut_after") {
    response.socket?.destroy();
    return;
  }
  if (fault.type === "delay") await delay(fault.ms);
  if (fault.type !== "drip") return answer(response, arrival, route.status, route.answer);
  arrival.status = route.status;
  response.writeHead(route.status, { "content-type": "application/json" });
  for (const character of route.answer) {
    response.write(character);
    await delay(fault.ms);
    if (response.destroyed) return;
  }
  response.end();
}

function answer(
  response: ServerResponse,
  arrival: Arrival,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  arrival.status = status;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body);
}
