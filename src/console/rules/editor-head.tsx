import { navigate, place } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { base, begin, isChanged, isKept, newer } from "./editing.ts";

/** What is being edited, and the ways on from here. */
export function EditorHead() {
  const { revision, text } = base.value;
  return (
    <>
      <PageHead
        title="Rules"
        about={
          isChanged.value ? (
            <>
              <strong class="draft">Draft</strong> begun with revision {revision}
              {isKept.value ? ", kept in this browser" : ". This browser does not keep it: a reload loses it"}
            </>
          ) : (
            `Revision ${revision} is in force`
          )
        }
        actions={
          isChanged.value ? (
            <>
              <Button onClick={() => void begin(newer.value ?? { revision, text })}>Discard</Button>
              <Button look="primary" onClick={() => navigate(`${place.value.path}?step=review`)}>
                Review changes
              </Button>
            </>
          ) : undefined
        }
      />
      {newer.value !== undefined && (
        <p class="notice" role="status">
          <span>Revision {newer.value.revision} has been written meanwhile. Your draft is still here.</span>
          <Button onClick={() => navigate(`${place.value.path}?step=merge`)}>See both</Button>
        </p>
      )}
    </>
  );
}
