import { VersionName } from "../parts/version-name.tsx";
import type { RuleForm } from "./rules-form.ts";
import { type Part, sentenceOf } from "./sentence.ts";

interface RuleSentenceProps {
  readonly rule: RuleForm;
  readonly first: boolean;
  /** undefined: its fields are shown already. */
  readonly onEdit?: (() => void) | undefined;
}

/** A rule's sentence; what can be changed in it can be pressed. */
export function RuleSentence({ rule, first, onEdit }: RuleSentenceProps) {
  return (
    <p class="sentence">
      {sentenceOf(rule, first).map((part, i) => (
        <span key={i}>
          {i > 0 && " "}
          <Piece part={part} onEdit={onEdit} />
        </span>
      ))}
    </p>
  );
}

function Piece({ part, onEdit }: { readonly part: Part; readonly onEdit: (() => void) | undefined }) {
  if (part.kind === "words") return <>{part.text}</>;
  if (part.kind === "version") return <VersionName track="candidate" version={part.text} />;
  if (onEdit === undefined) return <strong class={`piece ${part.kind}`}>{part.text}</strong>;
  return (
    <button type="button" class={`piece ${part.kind}`} onClick={onEdit}>
      {part.text}
    </button>
  );
}
