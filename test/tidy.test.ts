import { describe, expect, it } from "vitest";
import { filesIn, functionsOf, importsOf, readSource } from "./support/source-tree.ts";
import type { SourceFile } from "./support/source-tree.ts";

const SOURCE = filesIn("src").filter(({ path }) => path.endsWith(".ts"));
const CODE = [...SOURCE, ...["test", "bench"].flatMap(filesIn).filter(({ path }) => path.endsWith(".ts"))];
const ALL = ["src", "test", "bench", "deploy"].flatMap(filesIn);
const ROOT_FILES = [
  "README.md",
  "package.json",
  "package-lock.json",
  ".npmrc",
  ".ci/run",
  "Dockerfile",
  "docker-compose.yml",
];

/** Which folders a folder of `src` may import, beside itself. Imports go one way; siblings on the way of data never meet. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  std: [],
  model: ["std"],
  config: ["std", "model"],
  transport: ["std", "model"],
  core: ["std", "model"],
  protocol: ["std", "model"],
  policy: ["std", "model"],
  telemetry: ["std", "model"],
  capture: ["std", "model"],
  shard: ["std", "model", "transport", "core", "protocol", "policy", "capture"],
  output: ["std", "model", "core", "telemetry"],
  flush: ["std", "model", "core", "telemetry", "output/output.ts"],
  web: ["std", "model", "telemetry"],
  load: ["std", "model", "transport/libc.ts", "transport/sockaddr.ts", "transport/target"],
};

/** Packages that one folder alone may import (or one on each side): whatever else needs them asks that folder. */
const SOLE_IMPORTER: Readonly<Record<string, string | readonly string[]>> = {
  // Passwords cost a core for a while, on purpose: that must not be the main thread's.
  "node:worker_threads": ["src/shard/", "src/web/passwords.ts", "src/web/password-thread.ts"],
  bcryptjs: "src/web/",
  "hdr-histogram-js": "src/output/hdr-log/",
  "node:dgram": ["src/transport/", "src/load/"],
  "prom-client": "src/telemetry/",
  pino: "src/std/log.ts",
  "pino-pretty": ["src/std/log.ts", "src/std/late.ts"],
  zod: ["src/config/", "src/std/late.ts"],
  yaml: ["src/config/", "src/policy/mapping/exporter/", "src/std/late.ts"],
  commander: "src/cli/",
  fastify: "src/web/",
  undici: "src/output/",
  "@bufbuild/protobuf": "src/output/",
};

/** What an output's folder may import of others: `delivery/` is shared, remote write delivers the Prometheus projection. */
const OUTPUT_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  datadog: ["delivery"],
  "remote-write": ["delivery", "prometheus"],
};

/** Folders that are pure: text and numbers in, text and numbers out. */
const PURE = ["src/model/", "src/protocol/", "src/policy/", "src/config/"];

interface Ban {
  readonly what: RegExp;
  readonly why: string;
  readonly within: readonly string[];
  /** Files that may, because they are the one place for it. */
  readonly except: readonly string[];
}

const BANS: readonly Ban[] = [
  {
    what: /(?<![\w.])(?:Number|parseFloat|parseInt)\(/,
    why: "it accepts blanks, 0x10 and Infinity: check the text against a grammar first, in one of the excepted files",
    within: ["src/protocol/", "src/core/", "src/shard/", "src/policy/"],
    except: [
      "src/core/number.ts",
      "src/core/assembly/number.ts",
      "src/protocol/fields.ts",
      "src/protocol/timestamped.ts",
    ],
  },
  { what: /\bconsole\./, why: "log through the logger that is handed in", within: ["src/"], except: ["src/main.ts"] },
  {
    what: /^import (?!type ).*"node:http"/,
    why: "it makes Node.js load undici, 3 MB of every server: see web/http-server.ts",
    within: ["src/"],
    except: [],
  },
  {
    what: /\bIntl\.|\btoLocale\w*String\(|\blocaleCompare\(/,
    why: "ICU's tables are 6 MB of a server that touches them: see numberText in web/table.ts",
    within: ["src/"],
    except: ["src/cli/check.ts", "src/cli/bench/format.ts", "src/cli/bench/chart.ts"],
  },
  {
    what: /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)/,
    why: "time and chance are handed in, so that tests can hold them",
    within: ["src/"],
    except: ["src/std/clock.ts", "src/output/datadog/datadog.ts", "src/output/registry.ts", "src/shard/worker.ts"],
  },
  {
    what: /\bswitch \((?:\w+\.)*kind\)/,
    why: "one table row per kind, in model/kind.ts",
    within: ["src/"],
    except: [],
  },
  {
    what: /\bprocess\.env\b/,
    why: "the environment is read once, for the configuration; main.ts sets what Node.js' own threads read",
    within: ["src/"],
    except: ["src/cli/terminal.ts", "src/main.ts"],
  },
  {
    what: /\bprocess\.exit\(/,
    why: "only the command line ends the process",
    within: ["src/"],
    except: ["src/main.ts", "src/cli/host.ts"],
  },
  {
    what: /\b(?:TODO|FIXME|XXX)\b/,
    why: "finish it, or write down that it does not exist",
    within: ["src/", "test/", "bench/"],
    except: [],
  },
  {
    what: /@ts-(?:ignore|nocheck)|\bas any\b/,
    why: "the types are there to be right",
    within: ["src/", "test/", "bench/"],
    except: [],
  },
  {
    what: /(?<![\w.:/~-])\/(?:home|Users|root|work|tmp)\//,
    why: "a path of one machine",
    within: ["src/", "test/", "bench/", "deploy/"],
    except: [],
  },
];

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
/** Tests are lists of sentences; those may be long. */
const SIZED = CODE.filter(({ path }) => !path.endsWith(".test.ts") && !path.startsWith("src/output/datadog/proto/"));

describe("imports", () => {
  it.each(Object.keys(MAY_IMPORT))("of src/%s go only where its row of the table allows", (folder) => {
    const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])].map((name) =>
      name.endsWith(".ts") ? `src/${name}` : `src/${name}/`,
    );
    const own = SOURCE.filter(({ path }) => path.startsWith(`src/${folder}/`));
    expect(
      forbiddenImports(
        own,
        (target) => !target.startsWith("src/") || allowed.some((start) => target.startsWith(start)),
      ),
    ).toEqual([]);
  });

  it("know every folder of src", () => {
    const folders = new Set(SOURCE.map(({ path }) => path.split("/")[1] ?? "").filter((name) => !name.endsWith(".ts")));
    expect([...folders].filter((folder) => folder !== "cli" && !(folder in MAY_IMPORT))).toEqual([]);
  });

  it("keep outputs apart from each other", () => {
    const outputs = SOURCE.filter(({ path }) => /^src\/output\/[^/]+\//.test(path));
    const others = outputs.flatMap((file) => {
      const own = file.path.split("/")[2] ?? "";
      const allowed = [own, ...(OUTPUT_MAY_IMPORT[own] ?? [])].map((name) => `src/output/${name}/`);
      return forbiddenImports(
        [file],
        (target) => !/^src\/output\/[^/]+\//.test(target) || allowed.some((start) => target.startsWith(start)),
      );
    });
    expect(others).toEqual([]);
  });

  it.each(Object.entries(SOLE_IMPORTER))("of %s stand in %s alone", (name, home) => {
    const outside = SOURCE.filter(({ path }) => ![home].flat().some((start) => path.startsWith(start)));
    expect(forbiddenImports(outside, (target) => target !== name && !target.startsWith(`${name}/`))).toEqual([]);
  });

  it.each(PURE)("of %s bring in no file, socket or thread", (folder) => {
    const own = SOURCE.filter(({ path }) => path.startsWith(folder));
    expect(forbiddenImports(own, (target) => !target.startsWith("node:"))).toEqual([]);
  });

  it("of the compiled core stay inside it, and nothing else reaches into it", () => {
    const isCore = (path: string): boolean => path.startsWith("src/core/assembly/");
    const inside = SOURCE.filter(({ path }) => isCore(path));
    const outside = SOURCE.filter(({ path }) => !isCore(path));
    expect(forbiddenImports(inside, isCore)).toEqual([]);
    expect(forbiddenImports(outside, (target) => !isCore(target))).toEqual([]);
  });
});

describe("sizes", () => {
  it(`files have at most ${FILE_LINES_MAX} lines`, () => {
    const long = SIZED.filter(({ lines }) => lines.length > FILE_LINES_MAX);
    expect(long.map(({ path, lines }) => `${path}: ${lines.length}`)).toEqual([]);
  });

  it(`functions have at most ${FUNCTION_LINES_MAX} lines`, () => {
    const functions = SIZED.flatMap(functionsOf);
    expect(functions.length).toBeGreaterThan(100);
    const long = functions.filter(({ lineCount }) => lineCount > FUNCTION_LINES_MAX);
    expect(long.map(({ where, lineCount }) => `${where}: ${lineCount}`)).toEqual([]);
  });

  it("functions are measured with their first and last line, whatever they are", () => {
    const lines = [
      "function a(): void {",
      "  b();",
      "}",
      "class C {",
      "  d(x: number): number {",
      "    return x;",
      "  }",
      "}",
      "const e = () => {",
      "};",
    ];
    expect(functionsOf({ path: "f.ts", lines }).map(({ lineCount }) => lineCount)).toEqual([3, 3, 2]);
  });
});

it("names of files are kebab-case", () => {
  const wrong = ALL.map(({ path }) => path).filter((path) => !path.split("/").every(isTidyName));
  expect(wrong).toEqual([]);
});

describe("banned", () => {
  it.each(BANS)("$what, because $why", ({ what, within, except }) => {
    const files = ALL.filter(({ path }) => within.some((start) => path.startsWith(start)) && !except.includes(path));
    const own = files.filter(({ path }) => path !== "test/tidy.test.ts");
    expect(own.flatMap((file) => findLines(file, what))).toEqual([]);
  });

  it("registry hosts and paths of one machine, in the files at the root too", () => {
    const places = /(?<![\w.:/~-])\/(?:home|Users|root|work)\/|"resolved": "http|^registry=/;
    expect(ROOT_FILES.map(readSource).flatMap((file) => findLines(file, places))).toEqual([]);
  });
});

function forbiddenImports(files: readonly SourceFile[], isAllowed: (target: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !isAllowed(target))
      .map((target) => `${file.path} imports ${target}`),
  );
}

function findLines({ path, lines }: SourceFile, what: RegExp): string[] {
  return lines.flatMap((line, index) => (what.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

function isTidyName(name: string): boolean {
  return /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/.test(name) || /^(?:[A-Z]+\.md|Dockerfile)$/.test(name);
}
