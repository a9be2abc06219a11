import { Worker } from "node:worker_threads";
import { atMost } from "../at-most.ts";
import type { Rules } from "../routing/rules.ts";
import { type EditedRules, type ShareEdit, setShare } from "./edit-rules.ts";
import { type FailingTests, type ReadRules, readRules } from "./read-rules.ts";
import type { RuleError } from "./rule-error.ts";

/** Up to some ten routes: read in a few milliseconds, less than a thread takes to start. In UTF-16 units. */
const SMALL = 4 * 1024;

/** What a thread is asked for. */
export type Task =
  | { readonly kind: "read"; readonly failing: FailingTests }
  | ({ readonly kind: "set share" } & ShareEdit);

/** What it answers. Rules come piece by piece, each when it is asked for: taking them over takes time in this thread. */
export type Reply =
  | { readonly kind: "edited"; readonly edited: EditedRules }
  | { readonly kind: "read"; readonly read: ReadRules }
  /** All but the routes and tests, of which `pieces` follow. */
  | { readonly kind: "rules"; readonly rules: Rules; readonly warnings: readonly RuleError[]; readonly pieces: number }
  | ({ readonly kind: "piece" } & Pick<Rules, "routes" | "tests">);

/**
 * `readRules` that does not hold up the requests: a document of 1,000 routes takes some 300 ms, which another thread spends.
 * Never rejects. From sources, where no thread could start, it reads in this one.
 */
export async function readRulesApart(text: string, failing: FailingTests = "refused"): Promise<ReadRules> {
  const reply = text.length <= SMALL ? undefined : await inThread(text, { kind: "read", failing });
  return reply?.kind === "read" ? reply.read : readRules(text, failing);
}

/** The same for `setShare`, which reads the text before and after. */
export async function setShareApart(text: string, edit: ShareEdit): Promise<EditedRules> {
  const reply = text.length <= SMALL ? undefined : await inThread(text, { kind: "set share", ...edit });
  return reply?.kind === "edited" ? reply.edited : setShare(text, edit);
}

type Answer = Extract<Reply, { kind: "edited" | "read" }>;

/** Each may take some 100 MiB: whoever sends many documents at once must not have all of the memory. */
const someThreads = atMost(3);

/** undefined: the thread ended without an answer, or there is none. */
function inThread(text: string, task: Task): Promise<Answer | undefined> {
  return import.meta.url.endsWith(".js") ? someThreads(() => startThread(text, task)) : Promise.resolve(undefined);
}

function startThread(text: string, task: Task): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./read-worker.js", import.meta.url), { workerData: { text, task } });
    let rules: Rules | undefined;
    let warnings: readonly RuleError[] = [];
    let missing = 0;
    const end = (answer: Answer | undefined): void => {
      resolve(answer);
      void worker.terminate();
    };
    worker.on("message", (reply: Reply) => {
      if (reply.kind === "edited" || reply.kind === "read") return end(reply);
      if (reply.kind === "rules") ({ rules, warnings, pieces: missing } = reply);
      else if (rules !== undefined) {
        missing--;
        const { routes, tests } = rules;
        rules = { ...rules, routes: routes.concat(reply.routes), tests: tests.concat(reply.tests) };
      }
      if (rules !== undefined && missing === 0) end({ kind: "read", read: { kind: "rules", rules, warnings } });
      else setImmediate(() => worker.postMessage("next"));
    });
    worker.once("error", () => resolve(undefined));
    worker.once("exit", () => resolve(undefined));
  });
}
