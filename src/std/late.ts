import { createRequire } from "node:module";

/** What only some configurations need. */
interface Packages {
  readonly "pino-pretty": typeof import("pino-pretty");
  readonly re2js: typeof import("re2js");
  readonly yaml: typeof import("yaml");
  readonly zod: typeof import("zod");
}

const require = createRequire(import.meta.url);

/**
 * A package that is loaded when it is first used: `const yaml = late("yaml")`, then `yaml().parseDocument(…)`. An idle server is made
 * of what is loaded, a copy for each thread; these take 8 MB. `require`, because those who use them do not wait,
 * as `import()` does.
 */
export function late<Name extends keyof Packages>(name: Name): () => Packages[Name] {
  let loaded: Packages[Name] | undefined;
  return () => (loaded ??= require(name) as Packages[Name]);
}
