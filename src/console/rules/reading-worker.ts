import type { Asked, Told } from "./reading.ts";
import { RulesReader } from "./rules-reader.ts";

/** The other end of `reading`: reads and edits in the order in which it is asked, but of texts only the last that has come. */
const reader = new RulesReader();
let waiting: Extract<Asked, { kind: "read" }> | undefined;

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  if (data.kind === "read") {
    if (waiting === undefined) setTimeout(readWaiting);
    else tell({ id: waiting.id, view: undefined });
    waiting = data;
    return;
  }
  readWaiting();
  const done = data.kind === "show" || reader.edit(data.how, data.given);
  tell({ id: data.id, view: done ? reader.view(data.wanted) : undefined });
});

function readWaiting(): void {
  if (waiting === undefined) return;
  const { id, text, wanted } = waiting;
  waiting = undefined;
  reader.read(text);
  tell({ id, view: reader.view(wanted) });
}

function tell(told: Told): void {
  postMessage(told);
}
