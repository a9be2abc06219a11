import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { isInstalled } from "../machine.ts";
import { answers, type Peer, SHARE_PERCENT } from "../peer.ts";

export const haproxy: Peer = {
  name: "HAProxy",
  missing: () => (isInstalled("haproxy") ? undefined : "HAProxy is not installed (apt-get install haproxy)"),
  start: ({ port, stable, candidate, cores, traffic, dir }) => {
    const config = join(dir, "haproxy.cfg");
    writeFileSync(
      config,
      `global
  nbthread 1
  maxconn 12000
  no strict-limits
${traffic === "bodies" ? "  tune.bufsize 65536\n" : ""}defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  option forwardfor
  http-reuse always
frontend all
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header x-request-id
  use_backend candidate if { req.hdr(x-customer-id),crc32(1),mod(10000) lt ${SHARE_PERCENT * 100} }
  default_backend stable
backend stable
  server stable 127.0.0.1:${stable}
backend candidate
  server candidate 127.0.0.1:${candidate}
`,
    );
    const command = ["haproxy", "-db", "-f", config] as const;
    return startChild(command, { cores, ready: () => answers(`http://127.0.0.1:${port}/`) });
  },
};
