import { writeSync } from "node:fs";
import { registerHooks } from "node:module";
import { isMainThread } from "node:worker_threads";

// For `node --import`: writes a line for each module that is loaded to standard error: `loaded main fastify`, `loaded worker src/shard/worker.ts`.
const THREAD = isMainThread ? "main" : "worker";
const PACKAGE = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/;

registerHooks({
  load(url, context, nextLoad) {
    const name = PACKAGE.exec(url)?.[1] ?? /\/(src\/.*)$/.exec(url)?.[1];
    if (name !== undefined) writeSync(2, `loaded ${THREAD} ${name}\n`);
    return nextLoad(url, context);
  },
});
