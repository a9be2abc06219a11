import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { approvals, askApprovals } from "../live/approvals.ts";
import { navigate, place } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { say } from "../parts/toast.tsx";
import { forbidden } from "../session.ts";
import { Differences } from "./differences.tsx";
import { base, begin, isUnchecked, mistakes, newer, text } from "./editing.ts";
import { MistakeList } from "./mistake-list.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import { saveRules } from "./save.ts";
import "./review.css";

/** What a draft would change, before it does. */
export function Review() {
  const message = useSignal("");
  const saving = useSignal(false);
  const draft = text.value;
  const { revision, text: before } = base.value;
  useEffect(() => document.getElementById("page")?.focus(), []);
  const save = async (): Promise<void> => {
    saving.value = true;
    const saved = await saveRules(draft, revision, message.value);
    saving.value = false;
    switch (saved.kind) {
      case "saved":
        void begin({ revision: saved.revision, text: draft });
        navigate(place.value.path, { replace: true });
        say("done", `Revision ${saved.revision} is in force.`);
        return;
      case "waits":
        // It is kept by the router now, and can be taken back there.
        void begin({ revision, text: before });
        navigate(place.value.path, { replace: true });
        await askApprovals();
        say("done", saved.message);
        return;
      case "conflict":
        newer.value = saved.theirs;
        navigate(`${place.value.path}?step=merge`);
        return;
      case "failed":
        say("failed", saved.message);
    }
  };
  const { above } = approvals.value;
  const limit = above === undefined ? [] : [`What gives a candidate more than ${above} % waits for a second person.`];
  const wrong = mistakes.value.length;
  const unavailable =
    forbidden("editor") ??
    (wrong > 0 ? `There ${wrong === 1 ? "is a mistake" : `are ${wrong} mistakes`} to repair first.` : undefined) ??
    (isUnchecked.value ? "The text is still being checked." : undefined);
  return (
    <>
      <PageHead
        title="Review changes"
        about={`Nothing has changed yet. Compared with revision ${revision}, which is in force.`}
        actions={<Button onClick={() => navigate(place.value.path)}>Go on editing</Button>}
      />
      <MistakeList mistakes={mistakes.value} />
      <div class="review">
        <PreviewPanel draft={draft} wrong={wrong > 0} />
        <Differences since={revision} before={before} after={draft} />
      </div>
      <form
        class="save"
        onSubmit={(event) => {
          event.preventDefault();
          if (unavailable === undefined && !saving.value) void save();
        }}
      >
        <Field label="Why" hint={["For the history, so that others understand it later.", ...limit].join(" ")}>
          {(ids) => (
            <input
              {...ids}
              type="text"
              maxLength={500}
              placeholder="The first premium customers try 2026-11"
              value={message.value}
              onInput={(event) => (message.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Button type="submit" look="primary" unavailable={unavailable} busy={saving.value}>
          {saving.value ? "Saving …" : "Save and put in force"}
        </Button>
      </form>
    </>
  );
}
