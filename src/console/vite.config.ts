import { resolve } from "node:path";
import { defineConfig } from "vite";

/** The page goes beside the compiled router, which serves it from its admin port. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: resolve(import.meta.dirname, "../../dist/console"),
    emptyOutDir: true,
    // The first that know CSS light-dark().
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    // What is inlined as a data: URL would be refused by the page's own policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
