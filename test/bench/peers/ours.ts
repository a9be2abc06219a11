import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, startChild } from "../child.ts";
import { type Peer, SHARE_PERCENT } from "../peer.ts";

/** The built router with everything on: ten rules, a sticky key, all metrics. */
export const ours = routerWith("path: /v1/chat/completions");
/** The same, and the route's requests are known by the model in their body only. */
export const oursByModel = routerWith("{ path: /v1/chat/completions, model: demo-chat }");

/** @param more lines of the route. @param settings more of the environment. */
export function routerWith(match: string, more = "", name = "canary-router", settings = {}): Peer {
  return {
    name,
    missing: () => undefined,
    start: async ({ port, stable, candidate, cores, dir }) => {
      const admin = await freePort();
      const rules = join(dir, "rules.yaml");
      writeFileSync(rules, rulesText(stable, candidate, match, more));
      const env = {
        CANARY_PROXY_HOST: "127.0.0.1",
        CANARY_PROXY_PORT: `${port}`,
        // The other proxies have no such limit, and one endpoint stands for a whole fleet here.
        CANARY_PROXY_MAX_ENDPOINT_CONNECTIONS: "4096",
        CANARY_ADMIN_PORT: `${admin}`,
        CANARY_RULES_FILE: rules,
        CANARY_SNAPSHOT_FILE: join(dir, "snapshot.json"),
        CANARY_CAPTURE_FOLDER: join(dir, "captured"),
        ...settings,
      };
      const command = [process.execPath, join(process.cwd(), "dist/cli/main.js"), "serve"] as const;
      const child = await startChild(command, { cores, env, ready: () => isReady(`http://127.0.0.1:${admin}/readyz`) });
      return { ...child, admin };
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Nine rules that are looked at and do not hold, and the tenth that does. */
export function rulesText(stable: number, candidate: number, match: string, more = ""): string {
  const others = Array.from(
    { length: 9 },
    (_, i) => `
      - name: type ${i + 1}
        when: { customerType: type-${i + 1} }
        candidate: ${i}%`,
  );
  return `version: 1
customers:
  id: [header:x-customer-id]
  type: [header:x-customer-type]
  defaultType: standard
routes:
  - name: chat
    match:
      - ${match}
    stable:
      version: stable
      endpoints: ["http://127.0.0.1:${stable}"]
    candidate:
      version: candidate
      endpoints: ["http://127.0.0.1:${candidate}"]
    stickyBy: [customer]
${more}    rules:${others.join("")}
      - name: everyone
        candidate: ${SHARE_PERCENT}%
`;
}
