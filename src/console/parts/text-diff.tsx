import "./text-diff.css";

/** A browser draws no more lines quickly, and nobody reads them. */
const MOST = 2_000;

/** Lines as `diff -u` writes them, with what screen readers have to be told. */
export function TextDiff({ lines }: { readonly lines: readonly string[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre class="text-diff" tabIndex={0}>
      {lines.slice(0, MOST).map((line, i) => {
        const kind = line.startsWith("+")
          ? "added"
          : line.startsWith("-")
            ? "removed"
            : line.startsWith("@@")
              ? "place"
              : "same";
        return (
          <div key={i} class={kind}>
            {kind === "added" && <span class="unseen">added: </span>}
            {kind === "removed" && <span class="unseen">removed: </span>}
            {kind === "place" ? "⋯" : line || " "}
          </div>
        );
      })}
      {lines.length > MOST && <div class="place">⋯ and {lines.length - MOST} more lines</div>}
    </pre>
  );
}
