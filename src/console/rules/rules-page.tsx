import { useEffect } from "preact/hooks";
import { onEvent, onOpened } from "../live/connection.ts";
import { place } from "../navigation.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { Conflict } from "./conflict.tsx";
import { base, isChanged, load, loading, lookForNewer, newer, watchEdits } from "./editing.ts";
import { EditorPanes } from "./editor-panes.tsx";
import { NoRules } from "./no-rules.tsx";
import { Review } from "./review.tsx";
import "./rules-page.css";

let listening = false;

/** The rules, as sentences and as text; what a draft would change; and what to do when others have changed them too. */
export function RulesPage() {
  useEffect(() => {
    void load();
    if (!listening) {
      listening = true;
      onEvent("rules", () => void lookForNewer());
      onOpened(() => void lookForNewer());
    }
    return watchEdits();
  }, []);
  const state = loading.value;
  if (state.kind === "loading") return <Loading what="the rules" />;
  if (state.kind === "failed") return <Failed message={state.message} again={() => void load()} />;
  const step = place.value.query.get("step");
  if (step === "merge" && newer.value !== undefined) return <Conflict theirs={newer.value} />;
  if (step === "review" && isChanged.value) return <Review />;
  if (base.value.revision === 0 && !isChanged.value) return <NoRules />;
  return <EditorPanes />;
}
