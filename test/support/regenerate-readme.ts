import { readFileSync, writeFileSync } from "node:fs";
import { agentVariables, keyTable } from "../../src/config/reference.ts";

/** Writes the README's table of configuration keys anew: `node test/support/regenerate-readme.ts`. */
const path = new URL("../../README.md", import.meta.url);
const text = readFileSync(path, "utf8");
const [head = "", rest = ""] = text.split("<!-- config:begin -->\n");
const tail = rest.slice(rest.indexOf("<!-- config:end -->"));
const table = `${keyTable()}\n\nOf the Datadog Agent's environment, these are understood too: ${agentVariables()}.`;
writeFileSync(path, `${head}<!-- config:begin -->\n\n${table}\n\n${tail}`);
