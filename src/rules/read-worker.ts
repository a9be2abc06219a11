import { parentPort, workerData } from "node:worker_threads";
import { setShare } from "./edit-rules.ts";
import type { Reply, Task } from "./read-apart.ts";
import { readRules } from "./read-rules.ts";

/** Routes, and tests, of one piece: taken over in less than a millisecond. */
const PIECE = 25;

/** The other end of `read-apart`: does one task and says what came of it. */
const { text, task }: { readonly text: string; readonly task: Task } = workerData;
if (task.kind === "set share") tell({ kind: "edited", edited: setShare(text, task) });
else {
  const read = readRules(text, task.failing);
  if (read.kind === "refused") tell({ kind: "read", read });
  else {
    const { routes, tests } = read.rules;
    const pieces = Math.ceil(Math.max(routes.length, tests.length) / PIECE);
    tell({ kind: "rules", rules: { ...read.rules, routes: [], tests: [] }, warnings: read.warnings, pieces });
    let next = 0;
    parentPort?.on("message", () => {
      const from = PIECE * next++;
      tell({ kind: "piece", routes: routes.slice(from, from + PIECE), tests: tests.slice(from, from + PIECE) });
    });
  }
}

function tell(reply: Reply): void {
  parentPort?.postMessage(reply);
}
