import { useSignal } from "@preact/signals";
import { WaitingList } from "../approvals/waiting-list.tsx";
import { connection } from "../live/connection.ts";
import { askRoutes, routes, routesTrouble } from "../live/routes.ts";
import { Button } from "../parts/button.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { OverviewHead } from "./overview-head.tsx";
import { RouteCard } from "./route-card.tsx";
import { RouteList } from "./route-list.tsx";
import { urgency } from "./standing.ts";
import "./overview.css";

/** More than so many routes begin as a list. */
const MOST_CARDS = 12;
/** Of very many cards so many are drawn at first: those that somebody should look at come first. */
const FIRST_CARDS = 48;

/** A card for every route, or a line where there are many; what is cut comes first. */
export function Overview() {
  const search = useSignal("");
  const chosen = useSignal<"cards" | "list" | undefined>(undefined);
  const shown = useSignal(FIRST_CARDS);
  const now = routes.value;
  if (now === undefined) {
    const trouble = routesTrouble.value;
    if (trouble === undefined) return <Loading what="the routes" />;
    return <Failed message={`The routes cannot be shown: ${trouble}`} again={askRoutes} />;
  }
  if (now.routes.length === 0) {
    return (
      <Empty title="There are no routes yet">
        <p>A route says which requests are split between which versions of a model.</p>
        <a href="/rules">Write the first rules</a>
      </Empty>
    );
  }
  const wanted = search.value.trim().toLowerCase();
  const found = now.routes
    .filter(({ name, versions }) =>
      [name, ...versions.map(({ version }) => version)].some((text) => text.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => urgency(b) - urgency(a));
  const look = chosen.value ?? (now.routes.length > MOST_CARDS ? "list" : "cards");
  return (
    <div class="overview" data-stale={connection.value === "lost"}>
      <OverviewHead now={now} found={found.length} search={search} look={look} choose={(to) => (chosen.value = to)} />
      <WaitingList />
      {found.length === 0 && <Empty title={`No route or version has “${search.value}” in its name`} />}
      {look === "list" && found.length > 0 && <RouteList routes={found} />}
      {look === "cards" && (
        <div class="cards">
          {found.slice(0, shown.value).map((route) => (
            <RouteCard key={route.name} route={route} />
          ))}
        </div>
      )}
      {look === "cards" && found.length > shown.value && (
        <div>
          <Button onClick={() => (shown.value = found.length)}>Show {found.length - shown.value} more</Button>
        </div>
      )}
    </div>
  );
}
