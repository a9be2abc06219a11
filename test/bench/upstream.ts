import { type Child, freePort, startChild } from "./child.ts";
import { answers } from "./peer.ts";
import { nginxConfig } from "./peers/nginx.ts";
import type { Versions } from "./running-peers.ts";
import { tempDir } from "./temp-dir.ts";

export interface Upstream extends Child, Versions {}

/** Both versions of a model that takes no time, in one nginx. Answers tell the version and how much they were sent. */
export async function startUpstream(cores: string | undefined): Promise<Upstream> {
  const dir = tempDir("upstream");
  const ports = { stable: await freePort(), candidate: await freePort() };
  const server = (version: "stable" | "candidate") => `
  server {
    listen 127.0.0.1:${ports[version]} backlog=1024;
    default_type application/json;
    location / { return 200 '${answerOf(version, "$content_length")}'; }
  }`;
  const config = nginxConfig(dir, server("stable") + server("candidate"));
  const ready = async () =>
    (await answers(`http://127.0.0.1:${ports.stable}/`)) && (await answers(`http://127.0.0.1:${ports.candidate}/`));
  const child = await startChild(["nginx", "-p", dir, "-c", config], { cores, ready });
  return { ...ports, ...child };
}

/** 0.7 KB, as a short chat completion has. */
export function answerOf(version: string, received: number | string): string {
  const content = "All work and no play makes a dull benchmark. ".repeat(13);
  const message = `{"role":"assistant","content":"${content}"}`;
  return `{"version":"${version}","received":${received},"choices":[{"index":0,"message":${message}}]}`;
}
