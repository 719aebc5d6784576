import { readFileSync } from "node:fs";

/** What `core/assembly/index.ts` exports. Offsets and cells are u32, which arrive signed: `>>> 0` where they may be large. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  init(
    bytesMax: number,
    keySeed: bigint,
    setSeed: bigint,
    gaugeSign: number,
    timestamps: number,
    origin: number,
    lineEnds: number,
    keysMax: number,
    keyBytesMax: number,
    ages: number,
    ageMs: number,
    boundsSuffice: number,
  ): void;
  reserve(bytes: number): number;
  alloc(bytes: number): number;
  free(offset: number, bytes: number): void;
  defineLayout(layout: number, extraBits: number, thresholds: number, ages: number, ageMs: number): number;
  setClock(nowMs: number): void;
  ingest(offset: number, length: number, workMax: number): number;
  ingestBatch(
    headers: number,
    slots: number,
    slotStride: number,
    nameBytes: number,
    first: number,
    end: number,
    workMax: number,
  ): number;
  currentMessage(): number;
  cellFor(cellKind: number, kindCode: number, key: number, length: number, layout: number): number;
  isNewCell(): number;
  findCell(kindCode: number, key: number, length: number): number;
  allocate(cellKind: number, layout: number): number;
  releaseCell(cell: number): void;
  redirect(cell: number, target: number, times: number, by: number): void;
  drainBegin(): void;
  nextRowBytes(): number;
  drainInto(offset: number, size: number): number;
  copyBytes(cell: number): number;
  copyInto(cell: number, offset: number): void;
  merge(offset: number, length: number, maps: number): void;
  sweep(idleMs: number, hasRoom: number): void;
  rebind(readsOrigin: number): void;
  forgetStale(): number;
  up(cell: number): number;
  down(cell: number): number;
  samples(cell: number): number;
  touched(cell: number): number;
  gauge(cell: number): number;
  cardinality(cell: number): number;
  isExact(cell: number): number;
  histogramOf(cell: number, what: number): number;
  entriesOf(cell: number): number;
  entriesOffset(): number;
  quantile(q: number): number;
  bounds(cell: number, into: number, n: number): void;
  addSample(cell: number, value: number): void;
  reset(cell: number): void;
  total(slot: number): number;
  memoryUsed(): number;
  keyCount(): number;
  cellCount(cellKind: number): number;
}

/** What the core imports (`core/assembly/host.ts`). */
export interface CoreImports {
  bind(kindCode: number, name: number, nameLength: number, tags: number, tagsLength: number): number;
  oddNumber(offset: number, length: number): number;
  special(type: number, offset: number, length: number): number;
  reject(reason: number, offset: number, length: number, column: number): void;
  forgotten(cell: number): void;
}

/** The compiled core is not there: a checkout whose `prepare` script has not run. */
export class CoreMissingError extends Error {
  constructor(cause: unknown) {
    super("the compiled core (src/core/build/core.wasm) is missing; run `npm run prepare`, or `npm ci` once more", {
      cause,
    });
    this.name = "CoreMissingError";
  }
}

let compiled: WebAssembly.Module | undefined;

/** A new instance of the core: memory and state of its own. Throws CoreMissingError. */
export function instantiateCore(imports: CoreImports): CoreExports {
  compiled ??= new WebAssembly.Module(readCore());
  const abort = (): never => {
    throw new Error("the core met a state that it excludes");
  };
  const instance = new WebAssembly.Instance(compiled, { host: { ...imports }, env: { abort } });
  return instance.exports as unknown as CoreExports;
}

function readCore(): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(new URL("build/core.wasm", import.meta.url)));
  } catch (error) {
    throw new CoreMissingError(error);
  }
}
