import { readFileSync, writeFileSync } from "node:fs";
import { format, parseArgs } from "node:util";
import { machineSentence, pinSelf, shareCores } from "./machine.ts";
import { haproxy } from "./peers/haproxy.ts";
import { nginx } from "./peers/nginx.ts";
import { httpProxyPeer, undiciPeer } from "./peers/node-peers.ts";
import { ours } from "./peers/ours.ts";
import { withSection } from "./report.ts";
import type { Workload } from "./workload.ts";
import { bodies } from "./workloads/bodies.ts";
import { deciding } from "./workloads/deciding.ts";
import { guarding } from "./workloads/guarding.ts";
import { idleConnections } from "./workloads/idle-connections.ts";
import { idleStreams } from "./workloads/idle-streams.ts";
import { latency } from "./workloads/latency.ts";
import { lookingOn } from "./workloads/looking-on.ts";
import { modelFromBody } from "./workloads/model-from-body.ts";
import { peeking } from "./workloads/peeking.ts";
import { shadowing } from "./workloads/shadowing.ts";
import { share } from "./workloads/share.ts";
import { smallPost } from "./workloads/small-post.ts";
import { sse } from "./workloads/sse.ts";

const DOCUMENT = "docs/performance.md";
const PEERS = [ours, nginx, haproxy, undiciPeer, httpProxyPeer];
const WORKLOADS: readonly Workload[] = [
  smallPost,
  modelFromBody,
  sse,
  bodies,
  latency,
  idleStreams,
  idleConnections,
  deciding,
  peeking,
  share,
  lookingOn,
  guarding,
  shadowing,
];
const USAGE = `npm run bench -- [--seconds 3] [--rounds 3] [--only ${WORKLOADS.map((w) => w.name).join(",")}]
  [--peers ${PEERS.map((p) => p.name).join(",")}] [--dry]    (--dry: the documents stay as they are)
  Without --only: all but ${WORKLOADS.filter((w) => w.document !== undefined)
    .map((w) => w.name)
    .join(", ")}.`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    peers: { type: "string" },
    dry: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string | undefined): T[] {
  const wanted = names?.split(",") ?? all.map(({ name }) => name);
  return wanted.map((wantedName) => {
    const found = all.find(({ name }) => name === wantedName);
    if (found === undefined) throw new Error(`There is no ${wantedName}.\n${USAGE}`);
    return found;
  });
}

/** What was asked for; else all whose figures belong together. The others take minutes and run by name. */
function wanted(): Workload[] {
  const everything = WORKLOADS.filter(({ document }) => document === undefined);
  return values.only === undefined ? everything : chosen(WORKLOADS, values.only);
}

async function main(): Promise<void> {
  const plan = {
    peers: chosen(PEERS, values.peers),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    cores: shareCores(),
    say: (line: string) => console.log(line),
  };
  if (values.help || !(plan.seconds > 0 && plan.rounds > 0)) return console.log(USAGE);
  if (plan.cores.proxy === undefined) plan.say("not pinned to cores: it takes two cores and taskset (util-linux)");
  // The loads that are no programs of their own run in this process.
  pinSelf(plan.cores.others);
  for (const workload of wanted()) {
    const missing = workload.missing();
    if (missing !== undefined) {
      plan.say(`without ${workload.name}: ${missing}`);
      continue;
    }
    plan.say(`${workload.name} …`);
    const measured = await workload.run(plan).catch((error: unknown) => {
      plan.say(`${workload.name} FAILED: ${format(error)}\n`);
      process.exitCode = 1;
    });
    // What does not work right has no numbers, and the others still have theirs.
    if (measured === undefined) continue;
    const section = `${measured}\n\n${machineSentence()}`;
    plan.say(`\n${section}\n`);
    const { name, document = DOCUMENT } = workload;
    if (!values.dry) writeFileSync(document, withSection(readFileSync(document, "utf8"), name, section));
  }
}

// Leaving through `exit` takes the children along.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
await main();
