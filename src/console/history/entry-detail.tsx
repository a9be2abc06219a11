import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "../api/call.ts";
import type { PastRulesAnswer } from "../api/editor-answers.ts";
import type { Edit } from "../live/entries.ts";
import { Button } from "../parts/button.tsx";
import { authorsOf } from "../parts/entry-words.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { Differences } from "../rules/differences.tsx";
import { forbidden } from "../session.ts";
import { RevertDialog } from "./revert-dialog.tsx";

type Shown =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  /** `before` is empty for the first edit, and where the one before is no longer kept. */
  | { readonly kind: "texts"; readonly before: string; readonly after: string };

interface EntryDetailProps {
  readonly entry: Edit;
  /** The revision in force. */
  readonly newest: number | undefined;
}

/** One edit: what it changed, and the way back to it. */
export function EntryDetail({ entry, newest }: EntryDetailProps) {
  const { revision, at, message } = entry;
  const shown = useSignal<Shown>({ kind: "loading" });
  const asking = useSignal(false);
  const load = async (): Promise<void> => {
    const [after, before] = await Promise.all([past(revision), past(revision - 1)]);
    if (after.kind === "done") {
      shown.value = { kind: "texts", before: before.kind === "done" ? before.value.text : "", after: after.value.text };
    } else {
      const why = after.kind === "refused" ? after.message : "The router cannot be reached.";
      shown.value = { kind: "failed", message: why };
    }
  };
  useEffect(() => void load(), []);
  const now = shown.value;
  return (
    <article class="entry-detail" aria-label={`Revision ${revision}`}>
      <header class="page-head">
        <div>
          <h2>{message}</h2>
          <p class="hint">
            Revision {revision}, by {authorsOf(entry)}, {new Date(at).toLocaleString("en-GB")}
          </p>
        </div>
        <div class="page-actions">
          <Button
            unavailable={
              forbidden("editor") ?? (revision === newest ? "This revision is in force already." : undefined)
            }
            onClick={() => (asking.value = true)}
          >
            Go back to this
          </Button>
        </div>
      </header>
      {now.kind === "loading" && <Loading what="the edit" />}
      {now.kind === "failed" && <Failed message={now.message} again={() => void load()} />}
      {now.kind === "texts" && <Differences since={revision - 1} before={now.before} after={now.after} />}
      {asking.value && now.kind === "texts" && (
        <RevertDialog revision={revision} text={now.after} onClose={() => (asking.value = false)} />
      )}
    </article>
  );
}

function past(revision: number) {
  return call<PastRulesAnswer>(`/api/rules/history/${revision}`);
}
