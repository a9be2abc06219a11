import { useId } from "preact/hooks";
import type { Choice, Stretch } from "./merge.ts";

interface StretchViewProps {
  readonly stretch: Stretch;
  readonly choice: Choice | undefined;
  readonly onChoose: (choice: Choice) => void;
}

/** Lines that nobody has changed are shown so far around a change. */
const AROUND = 3;
const WHO = {
  me: "Only you changed this",
  them: "Only the other edit changed this",
  alike: "Both made the same change",
};
const CHOICES: readonly Choice[] = ["mine", "theirs", "mine and theirs"];

/** A stretch of the three texts beside each other. */
export function StretchView({ stretch, choice, onChoose }: StretchViewProps) {
  const name = useId();
  const { by, base, mine, theirs } = stretch;
  if (by === "nobody") return <Unchanged lines={base} />;
  return (
    <section class="stretch" data-by={by} aria-label={by === "both" ? "Both changed this" : WHO[by]}>
      <h2>{by === "both" ? "Both changed this differently" : WHO[by]}</h2>
      <div class="three">
        <Lines title="Before" lines={base} />
        <Lines title="Yours" lines={mine} taken={by !== "both" ? by !== "them" : choice?.includes("mine")} />
        <Lines title="Theirs" lines={theirs} taken={by !== "both" ? by !== "me" : choice?.includes("theirs")} />
      </div>
      {by === "both" && (
        <fieldset class="choices">
          <legend>Take</legend>
          {CHOICES.map((one) => (
            <label key={one}>
              <input type="radio" name={name} checked={one === choice} onChange={() => onChoose(one)} />
              {one === "mine" ? "yours" : one === "theirs" ? "theirs" : "yours, then theirs"}
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}

function Lines({
  title,
  lines,
  taken,
}: {
  readonly title: string;
  readonly lines: readonly string[];
  readonly taken?: boolean | undefined;
}) {
  return (
    <div class="version-lines" data-taken={taken}>
      <h3>
        {title}
        {taken === true && <span class="taken"> taken</span>}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{lines.length === 0 ? <em>nothing</em> : lines.join("\n")}</pre>
    </div>
  );
}

function Unchanged({ lines }: { readonly lines: readonly string[] }) {
  const hidden = lines.length - 2 * AROUND;
  const shown =
    hidden <= 1 ? lines : [...lines.slice(0, AROUND), `⋯ ${hidden} lines that nobody changed`, ...lines.slice(-AROUND)];
  return <pre class="unchanged">{shown.join("\n")}</pre>;
}
