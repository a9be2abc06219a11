import { versionsOf } from "../correctness.ts";
import { isInstalled } from "../machine.ts";
import { SHARE_PERCENT } from "../peer.ts";
import { ours } from "../peers/ours.ts";
import { table } from "../report.ts";
import { withPeers } from "../running-peers.ts";
import { startUpstream } from "../upstream.ts";
import type { Workload } from "../workload.ts";
import { CHAT_LOAD } from "./small-post.ts";

const CUSTOMERS = 2000;
const PASSES = 10;
/** The share depends on how the names happen to hash, so one population alone says little. */
const PREFIXES = ["customer-", "user", "tenant/", "org_", "4711"];

/** How near the measured share is to what the rule asks for, and whether customers keep their version. */
export const share: Workload = {
  name: "share",
  missing: () => (isInstalled("nginx") ? undefined : "it needs nginx (apt-get install nginx-light)"),
  run: async (plan) => {
    const upstream = await startUpstream(plan.cores.others);
    try {
      return await withPeers({ ...plan, peers: [ours] }, upstream, "requests", async ([router]) => {
        const rows: string[][] = [];
        for (const prefix of PREFIXES) {
          const { percent, moved } = await measure(router?.port ?? 0, prefix);
          plan.say(`  ${prefix}: ${percent.toFixed(2)} %`);
          rows.push([`\`${prefix}1\` …`, percent.toFixed(2), `${moved}`]);
        }
        const spread = Math.sqrt((SHARE_PERCENT * (100 - SHARE_PERCENT)) / CUSTOMERS).toFixed(2);
        return `${table(["customers", "candidate's share %", "customers who saw two versions"], rows)}

${CUSTOMERS * PASSES} requests of ${CUSTOMERS} customers a row, against a rule of ${SHARE_PERCENT} %. A fair draw of ${CUSTOMERS} customers strays by
${spread} points (one standard deviation).`;
      });
    } finally {
      await upstream.stop();
    }
  },
};

async function measure(port: number, prefix: string): Promise<{ percent: number; moved: number }> {
  const load = { ...CHAT_LOAD, customers: { prefix, count: CUSTOMERS } };
  const passes: string[][] = [];
  for (let pass = 0; pass < PASSES; pass++) passes.push(await versionsOf(port, load, CUSTOMERS));
  const candidate = passes.flat().filter((version) => version === "candidate").length;
  const moved = passes[0]?.filter((version, customer) => passes.some((pass) => pass[customer] !== version)).length;
  return { percent: (100 * candidate) / (CUSTOMERS * PASSES), moved: moved ?? 0 };
}
