import { createServer } from "node:http";
import { Pool } from "undici";
import { versionPort } from "./version-port.ts";

const [port, ...versions] = process.argv.slice(2).map(Number);
const pools = new Map(versions.map((p) => [p, new Pool(`http://127.0.0.1:${p}`, { connections: 4096 })]));
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);

createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const pool = pools.get(versionPort(request, versions) ?? 0);
  const { connection: _, ...headers } = request.headers;
  pool?.dispatch(
    {
      method: request.method as "POST",
      path: request.url ?? "/",
      headers: { ...headers, "x-forwarded-for": request.socket.remoteAddress },
      body: request.method === "GET" ? null : request,
    },
    {
      onRequestStart: (controller) => {
        response.on("close", () => {
          if (!response.writableFinished) controller.abort(new Error("The client left."));
        });
      },
      onResponseStart: (controller, status, found) => {
        for (const [name, value] of Object.entries(found)) {
          if (value !== undefined && !HOP_BY_HOP.has(name)) response.setHeader(name, value);
        }
        response.writeHead(status);
        response.on("drain", () => controller.resume());
      },
      onResponseData: (controller, chunk) => {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd: () => {
        response.end();
      },
      onResponseError: () => {
        response.destroy();
      },
    },
  );
}).listen(port, "127.0.0.1");
