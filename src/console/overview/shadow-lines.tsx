import { useSignal } from "@preact/signals";
import type { RouteNow } from "../api/answers.ts";
import { CutButton } from "../cut/cut-button.tsx";
import { Button } from "../parts/button.tsx";
import { percent } from "../parts/words.ts";
import { forbidden } from "../session.ts";
import { DisagreementsDialog } from "./disagreements-dialog.tsx";
import "./shadow-lines.css";

type Shadow = RouteNow["shadows"][number];

/** The versions that get copies and answer nobody: how much they get, and how often they agree with what clients got. */
export function ShadowLines({ route }: { readonly route: RouteNow }) {
  const open = useSignal(false);
  if (route.shadows.length === 0) return null;
  const some = route.shadows.some(({ compared, agreed }) => compared > agreed);
  return (
    <section class="shadows" aria-label={`Shadows of ${route.name}`}>
      {route.shadows.map((shadow) => (
        <Line key={shadow.version} route={route} shadow={shadow} />
      ))}
      {some && (
        <p>
          <Button unavailable={forbidden("operator")} onClick={() => (open.value = true)}>
            Where they disagree
          </Button>
        </p>
      )}
      {open.value && <DisagreementsDialog route={route.name} onClose={() => (open.value = false)} />}
    </section>
  );
}

function Line({ route, shadow }: { readonly route: RouteNow; readonly shadow: Shadow }) {
  const { version, requests, failures, dropped, compared, agreed, agreement } = shadow;
  const cut = [...route.sandbox, ...route.versions].some((one) => one.version === version && one.cut);
  const verdict = agreement?.verdict;
  const answers = route.versions.some((one) => one.version === version);
  return (
    <div class="shadow-line" data-verdict={verdict}>
      <p>
        <strong>Shadow {version}</strong> {cut ? <strong class="cut-word">✕ CUT</strong> : sharesOf(route, version)}
        <span class="shadow-counts">
          {count(requests)} {requests === 1 ? "copy" : "copies"},{" "}
          {percent(requests === 0 ? undefined : failures / requests)} failed, {count(dropped)} not sent
        </span>
      </p>
      {!cut && !answers && (
        <p>
          <CutButton candidate={{ route: route.name, version, stable: undefined, perSecond: 0 }} />
        </p>
      )}
      <div class="shadow-agreement">
        <span class="shadow-bar" aria-hidden="true">
          <span style={{ width: `${compared === 0 ? 0 : (agreed / compared) * 100}%` }} />
        </span>
        <span class="number">
          {compared === 0
            ? "Nothing compared yet"
            : `${percent(agreed / compared)} of ${count(compared)} answers agree`}
        </span>
      </div>
      {agreement !== undefined && (
        <p>
          <strong>Guard: {agreement.verdict}.</strong> {agreement.sentence}
        </p>
      )}
    </div>
  );
}

/** How much of what it gets copies of: the route's share, and where rules say otherwise. */
function sharesOf({ shadow, rules }: RouteNow, version: string): string {
  const own = shadow?.version === version ? [`${percent(shadow.percent / 100)} copied`] : [];
  const others = rules.flatMap(({ name, shadow: one }) =>
    one?.version === version ? [`${percent(one.percent / 100)} of “${name}”`] : [],
  );
  return [...own, ...others].join(", ") || "gets nothing now";
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
