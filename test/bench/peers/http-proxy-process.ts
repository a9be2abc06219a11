import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy";
import { versionPort } from "./version-port.ts";

const [port, ...versions] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: 4096 });
const proxy = httpProxy.createProxyServer({ agent, xfwd: true });

createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const target = `http://127.0.0.1:${versionPort(request, versions)}`;
  proxy.web(request, response, { target }, () => response.destroy());
}).listen(port, "127.0.0.1");
