import { navigate, place } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { base, begin, isChanged, isKept, newer } from "./editing.ts";

/** What is being edited, and the ways on from here. */
export function EditorHead() {
  const { revision, text } = base.value;
  return (
    <header class="page-head">
      <div>
        <h1>Rules</h1>
        <p class="hint" role="status">
          {isChanged.value ? (
            <>
              <strong class="draft">Draft</strong>, begun with revision {revision}
              {isKept.value ? ", kept in this browser" : ". This browser does not keep it: a reload loses it"}
            </>
          ) : (
            <>Revision {revision} is in force</>
          )}
        </p>
      </div>
      {isChanged.value && (
        <div class="page-actions">
          <Button onClick={() => begin(newer.value ?? { revision, text })}>Discard</Button>
          <Button look="primary" onClick={() => navigate(`${place.value.path}?step=review`)}>
            Review changes
          </Button>
        </div>
      )}
      {newer.value !== undefined && (
        <p class="notice" role="status">
          <span>Revision {newer.value.revision} has been written meanwhile. Your draft is still here.</span>
          <Button onClick={() => navigate(`${place.value.path}?step=merge`)}>See both</Button>
        </p>
      )}
    </header>
  );
}
