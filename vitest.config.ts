import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // What a test waits for happens within a second or two, but not on a machine that has other things to do.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
