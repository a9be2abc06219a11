import { resolve } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const brotli = promisify<zlib.InputType, Buffer>(zlib.brotliCompress);
const gzip = promisify<zlib.InputType, Buffer>(zlib.gzip);

/** Lays each file packed beside itself, so that the router has nothing to pack. */
function packed(): Plugin {
  return {
    name: "packed",
    generateBundle: {
      order: "post",
      async handler(_, files) {
        const emit = async (fileName: string, source: Promise<Buffer>): Promise<void> => {
          this.emitFile({ type: "asset", fileName, source: await source });
        };
        const assets = Object.values(files).filter(({ fileName }) => fileName.startsWith("assets/"));
        await Promise.all(
          assets.flatMap((file) => {
            const source = file.type === "chunk" ? file.code : file.source;
            return [emit(`${file.fileName}.br`, brotli(source)), emit(`${file.fileName}.gz`, gzip(source))];
          }),
        );
      },
    },
  };
}

/** The page goes beside the compiled router, which serves it from its admin port. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  publicDir: false,
  plugins: [packed()],
  worker: { format: "es" },
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
    // Packing takes a second or two, as it should.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
