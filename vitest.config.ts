import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/kit/global-setup.ts", "test/kit/build-setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two cores: more workers than cores only make the timing tests lie.
    maxWorkers: 2,
    restoreMocks: true,
  },
});
