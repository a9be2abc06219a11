import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { WaitingList } from "../approvals/waiting-list.tsx";
import { place } from "../navigation.ts";
import { isEditing, mistakes, showRoute, view } from "./editing.ts";
import { EditorHead } from "./editor-head.tsx";
import { MistakeList } from "./mistake-list.tsx";
import { RoutePicker } from "./route-picker.tsx";
import { RouteRules } from "./route-rules.tsx";
import { YamlPane } from "./yaml-pane.tsx";

/** The rules as sentences beside the rules as text; on narrow screens one of the two. */
export function EditorPanes() {
  const shown = useSignal<"sentences" | "yaml">("sentences");
  const open = useSignal<number | undefined>(undefined);
  const { names, at, route, broken } = view.value;
  /** While somebody types, the text is no YAML now and then: the last sentences stay meanwhile. */
  const isYaml = broken.length === 0;
  const wanted = decodeURIComponent(place.value.path.split("/")[2] ?? "");
  useEffect(() => void showRoute(wanted), [wanted]);
  const rule = open.value === undefined ? undefined : route?.rules[open.value];
  return (
    <>
      <EditorHead />
      <WaitingList />
      <MistakeList mistakes={mistakes.value} />
      <fieldset class="pane-tabs" aria-label="What is shown">
        {(["sentences", "yaml"] as const).map((one) => (
          <button key={one} type="button" aria-pressed={shown.value === one} onClick={() => (shown.value = one)}>
            {one === "yaml" ? "YAML" : "Sentences"}
          </button>
        ))}
      </fieldset>
      <div class="panes" data-shown={shown.value}>
        <RoutePicker names={names} at={at} />
        <section class="pane sentences" aria-label="Rules as sentences" aria-busy={isEditing.value}>
          {!isYaml && (
            <p class="notice">The text is no YAML at the moment. Once it is repaired, the sentences follow it again.</p>
          )}
          {route === undefined ? (
            <p class="state">There are no routes yet: write one in the YAML.</p>
          ) : (
            <div class="sentences" inert={!isYaml}>
              <RouteRules key={route.name} route={route} at={at} open={open} />
            </div>
          )}
        </section>
        <YamlPane shown={rule} />
      </div>
    </>
  );
}
