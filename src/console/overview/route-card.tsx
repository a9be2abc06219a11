import type { RouteNow } from "../api/answers.ts";
import { CutButton } from "../cut/cut-button.tsx";
import { CutNotice } from "../cut/cut-notice.tsx";
import { cuts } from "../live/cuts.ts";
import { recent } from "../live/recent.ts";
import { NumbersTable } from "./numbers-table.tsx";
import { RampLine } from "./ramp-line.tsx";
import { ShadowLines } from "./shadow-lines.tsx";
import { SplitBar } from "./split-bar.tsx";
import { doings } from "./standing.ts";
import { VerdictLine } from "./verdict-line.tsx";
import "./route-card.css";

/** All of one route: how it is split, how the versions do, and the way to cut. */
export function RouteCard({ route }: { readonly route: RouteNow }) {
  const each = doings(route, recent.value);
  const stable = route.versions.find(({ track }) => track === "stable");
  const own = cuts.value.filter((cut) => cut.route === route.name);
  const whole = each.some(({ version }) => version.cut);
  const running = each.filter(({ version }) => version.track === "candidate" && !version.cut);
  return (
    <article class="route-card" data-cut={whole} aria-labelledby={`route-${route.name}`}>
      <header>
        <h2 id={`route-${route.name}`}>{route.name}</h2>
        <a href={`/rules/${encodeURIComponent(route.name)}`}>
          {route.rules.length} {route.rules.length === 1 ? "rule" : "rules"}
        </a>
        <div class="cut-buttons">
          {running.map(({ version: { version }, perSecond }) => (
            <CutButton
              key={version}
              candidate={{ route: route.name, version, stable: stable?.version ?? "", perSecond }}
            />
          ))}
        </div>
      </header>
      {own.map((cut) => (
        <CutNotice key={`${cut.version} ${cut.rule} ${cut.modality}`} cut={cut} />
      ))}
      <SplitBar route={route} doings={each} />
      <NumbersTable route={route} doings={each} />
      <VerdictLine versions={route.versions} />
      <RampLine route={route} />
      <ShadowLines route={route} />
    </article>
  );
}
