import { Button } from "../parts/button.tsx";
import type { Entry } from "./entries.ts";
import { When } from "./when.tsx";

interface TimelineProps {
  readonly entries: readonly Entry[];
  /** The revision that is shown beside it. */
  readonly wanted: number;
  readonly onMore: (() => void) | undefined;
}

/** What happened, the newest first, by days. */
export function Timeline({ entries, wanted, onMore }: TimelineProps) {
  let day = "";
  return (
    <section aria-label="What happened">
      <ol class="timeline">
        {entries.map((entry) => {
          const { revision, author, at, message } = entry;
          const here = dayOf(at);
          const isNew = here !== day;
          day = here;
          return (
            <li key={revision} data-what="edit">
              {isNew && <h2 class="day">{here}</h2>}
              <a class="entry" href={`/history/${revision}`} aria-current={revision === wanted ? "true" : undefined}>
                <span class="entry-title">{message}</span>
                <span class="entry-facts">
                  Revision {revision} · {author} · <When at={at} />
                </span>
              </a>
            </li>
          );
        })}
      </ol>
      {onMore !== undefined && <Button onClick={onMore}>Show older ones</Button>}
    </section>
  );
}

function dayOf(at: string): string {
  return new Date(at).toLocaleDateString(undefined, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}
