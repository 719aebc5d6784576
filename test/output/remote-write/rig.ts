import { createSecret } from "../../../src/std/secret.ts";
import type { Encoder, LabelBytes } from "../../../src/output/prometheus/format/encoder.ts";
import { shapeOf } from "../../../src/output/prometheus/shape.ts";
import type { ProjectionView, ViewFamily } from "../../../src/output/prometheus/view.ts";
import type { RemoteWriteOptions } from "../../../src/output/remote-write/options.ts";
import { RemoteWrite, remoteWriteDeps } from "../../../src/output/remote-write/remote-write.ts";
import type { RemoteWriteDeps } from "../../../src/output/remote-write/remote-write.ts";
import { recorder } from "../datadog/rig.ts";
import { until } from "../../support/until.ts";

const COUNTER: ViewFamily["shape"] = shapeOf("counter", undefined, false);

interface FakeRow {
  readonly family: ViewFamily;
  readonly labels: LabelBytes;
  readonly birth: number;
  value: number;
  isShown: boolean;
}

/** Counters by hand, in the place of the Prometheus projection. */
export class FakeView implements ProjectionView {
  readonly rows: (FakeRow | undefined)[] = [];
  readonly #families = new Map<string, ViewFamily>();
  readonly #listeners: ((row: number, family: ViewFamily) => void)[] = [];
  bornCount = 0;

  add(name: string, labels: string, value: number, hasLastSeen = false): number {
    const family = this.#families.get(name) ?? { name, shape: COUNTER, hasLastSeen };
    this.#families.set(name, family);
    const bytes = Buffer.from(labels);
    const row: FakeRow = {
      family,
      labels: { bytes, from: 0, to: bytes.length },
      birth: ++this.bornCount,
      value,
      isShown: true,
    };
    const free = this.rows.indexOf(undefined);
    if (free >= 0) this.rows[free] = row;
    return free >= 0 ? free : this.rows.push(row) - 1;
  }

  at(row: number): FakeRow {
    return this.rows[row] as FakeRow;
  }

  forget(row: number): void {
    for (const listener of this.#listeners) listener(row, this.at(row).family);
    this.rows[row] = undefined;
  }

  families(): ViewFamily[] {
    return [...this.#families.values()];
  }

  rowsOf(family: ViewFamily): Int32Array {
    return Int32Array.from(this.rows.keys()).filter((row) => this.rows[row]?.family === family);
  }

  birthOf(row: number, family: ViewFamily): number {
    const there = this.rows[row];
    return there?.family === family ? there.birth : 0;
  }

  isShown(row: number): boolean {
    return this.at(row).isShown;
  }

  write(encoder: Encoder, row: number, { name, shape }: ViewFamily): void {
    const { labels, value } = this.at(row);
    if (this.state !== undefined) this.state.written += 1;
    encoder.family({ name, type: shape.type, help: shape.help, unit: "", ownsCounterNames: true, ownsCreated: true });
    encoder.value(labels, value, { createdMs: 1_699_999_000_000, exemplar: undefined });
  }

  /** Where there is a state file: how many rows are in it, and what is to be waited for before others may leave. */
  state: { saved: number; written: number; save(): Promise<void> } | undefined;

  settle(): Promise<void> | undefined {
    return this.state === undefined ? undefined : Promise.resolve();
  }

  async settleWritten(): Promise<void> {
    const { state } = this;
    if (state === undefined) return;
    const { written } = state;
    await state.save();
    state.saved = written;
  }

  onForget(listener: (row: number, family: ViewFamily) => void): void {
    this.#listeners.push(listener);
  }
}

export const REMOTE_WRITE_DEFAULTS: Omit<RemoteWriteOptions, "url"> = {
  version: "1.0",
  labels: [
    ["job", "tallyd"],
    ["instance", "here"],
  ],
  headers: [],
  auth: {
    bearerToken: undefined,
    bearerTokenFile: undefined,
    username: undefined,
    password: undefined,
    passwordFile: undefined,
  },
  tls: { caFile: undefined, certFile: undefined, keyFile: undefined, serverName: undefined, insecureSkipVerify: false },
  userAgent: "tallyd/test",
  timeoutMs: 1_000,
  shards: 4,
  pointsPerRequestMax: 2_000,
  queueBytesMax: 1 << 24,
  ageMaxMs: 3_600_000,
  native: false,
  staleAtShutdown: true,
};

export const TOKEN = createSecret("a-token-that-is-secret");

/** The output with a projection by hand. Time stands still unless moved; waits between tries are cut to a millisecond. */
export class Rig {
  nowMs = 1_700_000_000_000;
  readonly view = new FakeView();
  readonly output: RemoteWrite;
  readonly lines: string[];
  readonly waits: number[] = [];

  constructor(url: string, change: Partial<RemoteWriteOptions> = {}, deps: Partial<RemoteWriteDeps> = {}) {
    const { log, lines } = recorder();
    this.lines = lines;
    const options = { ...REMOTE_WRITE_DEFAULTS, url, ...change };
    const system = remoteWriteDeps({ log, now: () => this.nowMs, random: () => 0.5, monotonicMs: () => 0 }, options);
    const wait: RemoteWriteDeps["wait"] = (ms, signal) => {
      this.waits.push(ms);
      return system.wait(ms > 5_000 ? ms : 1, signal).then(() => void (this.nowMs += ms > 5_000 ? 0 : ms));
    };
    this.output = new RemoteWrite(options, this.view, { ...system, wait, ...deps });
  }

  /** Closes the interval that ends now. */
  flush(): void {
    this.nowMs = Math.ceil((this.nowMs + 1) / 10_000) * 10_000;
    this.output.flush({ startSeconds: this.nowMs / 1_000 - 10, endSeconds: this.nowMs / 1_000 });
  }

  async deliver(): Promise<void> {
    this.flush();
    await this.settled();
  }

  async settled(): Promise<void> {
    await until(() => this.note("points_queued") === 0 && this.output.status().queued === 0);
  }

  note(name: string): number {
    return this.output.status().notes[name] ?? 0;
  }

  dropped(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.output.status().dropped).filter(([, points]) => points > 0));
  }

  /** What was made, less what was delivered, is queued or was dropped: always 0. */
  balance(): number {
    const dropped = Object.values(this.output.status().dropped).reduce((sum, points) => sum + points, 0);
    return this.note("points_made") - this.note("points_delivered") - this.note("points_queued") - dropped;
  }
}
