import { type Entry, isEdit } from "../live/entries.ts";
import { Button } from "../parts/button.tsx";
import { authorsOf, entryTitle, kindOf } from "../parts/entry-words.ts";
import { When } from "./when.tsx";

interface TimelineProps {
  readonly entries: readonly Entry[];
  /** The revision that is shown beside it. */
  readonly wanted: number;
  readonly onMore: (() => void) | undefined;
}

/** What happened, the newest first, by days. */
export function Timeline({ entries, wanted, onMore }: TimelineProps) {
  return (
    <section aria-label="What happened">
      <ol class="timeline">
        {entries.map((entry, i) => {
          const day = dayOf(entry.at);
          const before = entries[i - 1];
          return (
            <li key={`${entry.at} ${entry.what} ${entry.revision} ${entry.route} ${entry.version} ${entry.rule}`}>
              {(before === undefined || dayOf(before.at) !== day) && <h2 class="day">{day}</h2>}
              {isEdit(entry) ? (
                <a
                  class="entry"
                  href={`/history/${entry.revision}`}
                  aria-current={entry.revision === wanted ? "true" : undefined}
                >
                  <Told entry={entry} />
                </a>
              ) : (
                <div class="entry" data-kind={kindOf(entry)}>
                  <Told entry={entry} />
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {onMore !== undefined && <Button onClick={onMore}>Show older ones</Button>}
    </section>
  );
}

function Told({ entry }: { readonly entry: Entry }) {
  const { revision, at, message } = entry;
  return (
    <>
      <span class="entry-title">{entryTitle(entry)}</span>
      {revision === undefined && message !== "" && <span>{message}</span>}
      <span class="entry-facts">
        {revision !== undefined && `Revision ${revision} · `}
        {authorsOf(entry)} · <When at={at} />
      </span>
    </>
  );
}

function dayOf(at: string): string {
  return new Date(at).toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}
