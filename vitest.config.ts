import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The real process and its threads start within a second, but not on a machine that compiles something beside it.
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
