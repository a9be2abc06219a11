import type { Signal } from "@preact/signals";
import type { RoutesNow } from "../api/answers.ts";
import { cuts } from "../live/cuts.ts";
import { replicas } from "../live/replicas.ts";

interface OverviewHeadProps {
  readonly now: RoutesNow;
  readonly found: number;
  readonly search: Signal<string>;
  readonly look: "cards" | "list";
  readonly choose: (look: "cards" | "list") => void;
}

/** What holds for all routes, and how they are shown. */
export function OverviewHead({ now, found, search, look, choose }: OverviewHeadProps) {
  const all = now.routes.length;
  return (
    <header class="overview-head">
      <div>
        <h1>Overview</h1>
        <p class="facts">
          <span>{found === all ? `${all} ${all === 1 ? "route" : "routes"}` : `${found} of ${all} routes`}</span>
          <CutCount />
          <span>Revision {now.revision}</span>
          <InStep />
          <span>Numbers: the last half minute, on this replica</span>
        </p>
        {now.from !== "store" && <p class="from">{FROM[now.from]}</p>}
      </div>
      {all > 4 && (
        <div class="finding">
          <input
            type="search"
            aria-label="Find a route or a version"
            placeholder="Find a route …"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
          <fieldset class="looks">
            <legend class="unseen">Show routes as</legend>
            {(["cards", "list"] as const).map((one) => (
              <button key={one} type="button" aria-pressed={look === one} onClick={() => choose(one)}>
                {one === "cards" ? "Cards" : "List"}
              </button>
            ))}
          </fieldset>
        </div>
      )}
    </header>
  );
}

const FROM = {
  snapshot: "The store does not answer: these rules are from the snapshot on disk.",
  "last resort": "The store does not answer and there is no snapshot: every request goes to stable.",
  nowhere: "There are no rules.",
};

function CutCount() {
  const count = cuts.value.length;
  return count === 0 ? <span>Nothing is cut</span> : <strong class="cut-word">✕ {count} cut</strong>;
}

/** How many replicas have the last revision in force. */
function InStep() {
  const now = replicas.value;
  if (now === undefined) return null;
  if ("unavailable" in now) return <a href="/replicas">Other replicas cannot be seen</a>;
  const all = now.replicas.length;
  const text = `${now.current} of ${all} ${all === 1 ? "replica" : "replicas"} in step`;
  return (
    <a href="/replicas" class={now.current === all ? "" : "behind"}>
      {now.current === all ? text : `! ${text}`}
    </a>
  );
}
