import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { isInstalled } from "../machine.ts";
import { answers, type Peer, SHARE_PERCENT, type Traffic } from "../peer.ts";

/** With its defaults nginx writes large bodies to files, and holds chunks back until a buffer is full. */
const FOR_TRAFFIC: Readonly<Record<Traffic, readonly string[]>> = {
  requests: [],
  streams: ["proxy_buffering off"],
  bodies: [
    "client_max_body_size 0",
    "client_body_buffer_size 64k",
    "proxy_request_buffering off",
    "proxy_buffer_size 64k",
    "proxy_buffers 8 64k",
    "proxy_busy_buffers_size 128k",
    "proxy_max_temp_file_size 0",
  ],
};

export const nginx: Peer = {
  name: "nginx",
  missing: () => (isInstalled("nginx") ? undefined : "nginx is not installed (apt-get install nginx-light)"),
  start: ({ port, stable, candidate, traffic, cores, dir }) => {
    const config = nginxConfig(
      dir,
      `
  split_clients "$http_x_customer_id" $version { ${SHARE_PERCENT}% candidate; * stable; }
  upstream stable { server 127.0.0.1:${stable}; keepalive 256; keepalive_requests 10000000; }
  upstream candidate { server 127.0.0.1:${candidate}; keepalive 256; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
${FOR_TRAFFIC[traffic].map((line) => `      ${line};\n`).join("")}      proxy_pass http://$version;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Request-Id $request_id;
    }
  }`,
    );
    const command = ["nginx", "-p", dir, "-c", config] as const;
    return startChild(command, { cores, ready: () => answers(`http://127.0.0.1:${port}/`) });
  },
};

/** Writes a configuration with one worker and no log of requests; gives its path. */
export function nginxConfig(dir: string, http: string): string {
  const path = join(dir, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    path,
    `${process.getuid?.() === 0 ? "user root;\n" : ""}worker_processes 1;
daemon off;
pid ${dir}/nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 10000000;
  ${temporary.map((kind) => `${kind}_temp_path ${dir}/${kind};`).join("\n  ")}
${http}
}
`,
  );
  return path;
}
