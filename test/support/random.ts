/** The generator that the load generator uses too: one in the project. */
export { Random } from "../../src/std/random.ts";
