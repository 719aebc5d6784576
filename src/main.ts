#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/** Workers, WebAssembly and type stripping as used here came together in this version. */
const NODE_MIN = [24, 12] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
  console.error(
    `tallyd needs Node.js ${NODE_MIN.join(".")} or newer; this is ${process.versions.node}.\n` +
      "In a checkout, `npm ci` brings the right one: then use `npm start` or `npx tallyd`.",
  );
  process.exit(1);
}

// What is stripped of its types and compiled once is kept beside the dependencies: the next start is faster, and the process
// and each shard thread save some 15 MB, since they need not load the stripper. Where it cannot be written, nothing is kept.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../node_modules/.cache/tallyd", import.meta.url));
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);

// Imported only now: an older Node.js would fail in these files before it could say why.
const { runCommandLine } = await import("./cli/program.ts");
const { processHost } = await import("./cli/host.ts");
const { processTerminal } = await import("./cli/terminal.ts");

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
process.exitCode = await runCommandLine(process.argv.slice(2), version, processTerminal(), processHost);
