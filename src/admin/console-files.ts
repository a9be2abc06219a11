import { extname, join, resolve } from "node:path";
import { type Express, static as files, type RequestHandler, type Response } from "express";
import { refusal, send } from "./answer.ts";

/** Where the build puts the console, whether this runs as it was written or compiled. */
const BUILT = resolve(import.meta.dirname, "../../dist/console");

/** Nothing from elsewhere, nothing that stands in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Paths below which there are no pages. */
const OTHERS = /^\/(api|assets)(\/|$)/;

/** Pages are found by the browser, so every path that is not the API's or a file's gets the one that there is. */
export function serveConsole(app: Express, folder: string = BUILT): void {
  // Names have a digest of the content in them.
  const forever = { immutable: true, maxAge: "365d", index: false, redirect: false, setHeaders: sayPacked };
  const assets = files(join(folder, "assets"), forever);
  app.use("/assets", packed(assets), assets);
  app.use((request, response, next) => {
    const reading = request.method === "GET" || request.method === "HEAD";
    if (!reading || OTHERS.test(request.path)) return next();
    response.set({ "content-security-policy": POLICY, "cache-control": "no-cache" });
    response.sendFile("index.html", { root: folder, cacheControl: false }, (error?: Error) => {
      if (error === undefined || response.headersSent) return;
      if ("code" in error && error.code === "ENOENT") send(response, NOT_BUILT);
      else next(error);
    });
  });
}

/** The encodings that the build has packed files in, the shortest first, and how those files end. */
const PACKED = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** Serves the packed file in the place of a file, where there is one and the browser can unpack it. */
function packed(serve: RequestHandler): RequestHandler {
  return (request, response, next) => {
    response.vary("accept-encoding");
    const ending = PACKED.find(([encoding]) => request.acceptsEncodings(encoding) !== false)?.[1];
    if (ending === undefined) return next();
    const { url } = request;
    request.url = request.path + ending;
    serve(request, response, (error?: unknown) => {
      request.url = url;
      next(error);
    });
  };
}

/** Says of a packed file what it is packed in, and what it is. */
function sayPacked(response: Response, path: string): void {
  const [encoding, ending] = PACKED.find(([, ending]) => path.endsWith(ending)) ?? [];
  if (encoding === undefined) return;
  response.set("content-encoding", encoding).type(extname(path.slice(0, -ending.length)));
}

const NOT_BUILT = refusal(404, "no_console", "The console has not been built: run `npm run build`.");
