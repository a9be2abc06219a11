import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../api/call.ts";
import type { PreviewAnswer } from "../api/editor-answers.ts";
import { Card } from "../parts/card.tsx";
import { Failed } from "../parts/states.tsx";
import { MoveTable } from "./move-table.tsx";
import { moved, previewWords } from "./preview-words.ts";

type Shown =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "preview"; readonly preview: PreviewAnswer };

interface PreviewPanelProps {
  readonly draft: string;
  /** The draft has mistakes, so nobody can tell what it would do. */
  readonly wrong: boolean;
}

/** Who would move: the last requests, decided by the draft. */
export function PreviewPanel({ draft, wrong }: PreviewPanelProps) {
  const shown = useSignal<Shown>({ kind: "asking" });
  const ask = async (): Promise<void> => {
    shown.value = { kind: "asking" };
    const answer = await call<PreviewAnswer>("/api/preview", { method: "POST", yaml: draft });
    if (answer.kind === "done") shown.value = { kind: "preview", preview: answer.value };
    else {
      const message = answer.kind === "refused" ? answer.message : "The router cannot be reached.";
      shown.value = { kind: "failed", message };
    }
  };
  useEffect(() => {
    if (!wrong) void ask();
  }, [draft, wrong]);
  const state = shown.value;
  return (
    <Card label="Who would move" busy={state.kind === "asking" && !wrong}>
      <h2>Who would move</h2>
      {wrong && <p class="hint">Once the mistakes are repaired, the last requests are tried here.</p>}
      {!wrong && state.kind === "failed" && <Failed message={state.message} again={() => void ask()} />}
      {!wrong && state.kind === "asking" && <p class="hint">Trying the last requests …</p>}
      {!wrong && state.kind === "preview" && <Told preview={state.preview} />}
    </Card>
  );
}

function Told({ preview }: { readonly preview: PreviewAnswer }) {
  const { sum, details } = previewWords(preview);
  return (
    <>
      <p class="sum" data-any={moved(preview.total) > 0}>
        {sum}
      </p>
      {details.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {moved(preview.total) > 0 && <MoveTable preview={preview} />}
      <p class="hint">Of the requests that this replica has seen.</p>
    </>
  );
}
