import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { z } from "zod";
import type { Held } from "../../admin/shapes/approvals.ts";
import type { Written } from "../../admin/shapes/rules.ts";
import { call, callForText, revisionOf } from "../api/call.ts";
import { loadEntries } from "../live/entries.ts";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { say } from "../parts/toast.tsx";
import { ChangeList } from "../rules/change-list.tsx";
import { type ChangeWords, changeWords } from "../rules/change-words.ts";

interface RevertDialogProps {
  readonly revision: number;
  /** Of that revision. */
  readonly text: string;
  readonly onClose: () => void;
}

interface Now {
  readonly revision: number;
  readonly change: ChangeWords;
  readonly same: boolean;
}

/** Asks once, and says what going back will change of what is in force now. */
export function RevertDialog({ revision, text, onClose }: RevertDialogProps) {
  const why = useSignal("");
  const busy = useSignal(false);
  const now = useSignal<Now | undefined>(undefined);
  useEffect(() => {
    void callForText("/api/rules").then(async (answer) => {
      if (answer.kind !== "done") return;
      const since = revisionOf(answer.etag);
      now.value = { revision: since, change: await changeWords(since, text), same: answer.value === text };
    });
  }, []);
  const revert = async (): Promise<void> => {
    if (now.value === undefined || busy.value) return;
    busy.value = true;
    const query = why.value.trim() === "" ? "" : `?message=${encodeURIComponent(why.value.trim())}`;
    const headers = { "if-match": `"${now.value.revision}"` };
    const answer = await call<z.output<typeof Written> | z.output<typeof Held>>(`/api/rules/revert${query}`, {
      method: "POST",
      json: { revision },
      headers,
    });
    busy.value = false;
    if (answer.kind !== "done") {
      say("failed", answer.kind === "refused" ? answer.message : "The router cannot be reached, nothing has changed.");
      return;
    }
    const { value } = answer;
    say(
      "done",
      "approval" in value ? value.message : `Revision ${value.revision} is in force, with the text of ${revision}.`,
    );
    onClose();
    void loadEntries();
  };
  return (
    <Dialog
      title={`Go back to revision ${revision}?`}
      onClose={onClose}
      onConfirm={() => void revert()}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button type="submit" look="primary" busy={busy.value || now.value === undefined}>
            Go back
          </Button>
        </>
      }
    >
      {now.value === undefined && <p class="hint">Comparing …</p>}
      {now.value?.same === true && <p>The rules in force are the same already.</p>}
      {now.value?.same === false && (
        <>
          <p>This is written as a new revision, and changes of what is in force now:</p>
          <ChangeList change={now.value.change} />
        </>
      )}
      <Field label="Why">
        {(ids) => (
          <input
            {...ids}
            type="text"
            maxLength={500}
            autofocus
            placeholder={`back to revision ${revision}`}
            value={why.value}
            onInput={(event) => (why.value = event.currentTarget.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
