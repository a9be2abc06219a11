import { entries, isEdit, loadEntries, older } from "../live/entries.ts";
import { place } from "../navigation.ts";
import { Card } from "../parts/card.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { EntryDetail } from "./entry-detail.tsx";
import { Timeline } from "./timeline.tsx";
import "./history-page.css";

/** Who changed what, when and why; and the way back. */
export function HistoryPage() {
  const now = entries.value;
  if (now.kind === "loading") return <Loading what="the history" />;
  if (now.kind === "failed") return <Failed message={now.message} again={() => void loadEntries()} />;
  const wanted = Number(place.value.path.split("/")[2] ?? Number.NaN);
  const edits = now.entries.filter(isEdit);
  const edit = edits.find(({ revision }) => revision === wanted);
  return (
    <>
      <PageHead
        title="History"
        about="Every decision: who, when and why. Going back writes a new revision, so nothing is ever lost."
      />
      {now.entries.length === 0 ? (
        <Empty title="Nothing has been decided yet">
          <p>Edits of the rules, cuts and restorations will stand here.</p>
        </Empty>
      ) : (
        <div class="history">
          <Timeline entries={now.entries} wanted={wanted} onMore={older(now.entries.length)} />
          {edit === undefined ? (
            <Card label="One edit">
              <p class="state">Choose an edit to see what it changed.</p>
            </Card>
          ) : (
            <EntryDetail key={edit.revision} entry={edit} newest={edits[0]?.revision} />
          )}
        </div>
      )}
    </>
  );
}
