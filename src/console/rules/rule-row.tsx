import { Said } from "../parts/said.tsx";
import { mistakes } from "./editing.ts";
import { mistakesAt } from "./mistakes.ts";
import type { RuleAt } from "./rule-edits.ts";
import { RuleFields } from "./rule-fields.tsx";
import { RuleSentence } from "./rule-sentence.tsx";
import type { RuleForm } from "./rules-form.ts";
import { ShareBar } from "./share-bar.tsx";

interface RuleRowProps {
  readonly rule: RuleForm;
  readonly at: RuleAt;
  readonly count: number;
  readonly isOpen: boolean;
  readonly isDragged: boolean;
  readonly isTarget: boolean;
  /** What is dragged comes from above, so it would go below this one. */
  readonly fromAbove: boolean;
  readonly onOpen: () => void;
  readonly onGrab: (event: PointerEvent) => void;
  readonly onMove: (by: number) => void;
  readonly onRemove: () => void;
}

/** One rule: its sentence, and its fields when it is open. */
export function RuleRow(props: RuleRowProps) {
  const { rule, at, count, isOpen, onOpen, onGrab, onMove, onRemove } = props;
  const wrong = mistakesAt(mistakes.value, rule.path);
  const where = props.isTarget ? (props.fromAbove ? "below" : "above") : undefined;
  return (
    <li class="rule" data-open={isOpen} data-dragged={props.isDragged} data-drop={where} data-wrong={wrong.length > 0}>
      <div class="rule-line">
        <button
          type="button"
          class="handle"
          aria-label={`Move ${rule.name}, rule ${at.rule + 1} of ${count}: arrow up or down`}
          onPointerDown={onGrab}
          onKeyDown={(event) => {
            const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            onMove(by);
          }}
        >
          <span aria-hidden="true">⠿</span>
        </button>
        <div class="rule-said">
          <button type="button" class="rule-name" aria-expanded={isOpen} onClick={onOpen}>
            {at.rule + 1}. {rule.name || "(no name)"}
          </button>
          <RuleSentence rule={rule} first={at.rule === 0} onEdit={isOpen ? undefined : onOpen} />
        </div>
        <ShareBar shares={rule.shares} ramp={rule.ramp} />
      </div>
      {!isOpen && wrong.length > 0 && (
        <p class="mistake">
          <Said text={wrong[0]?.message ?? ""} />
        </p>
      )}
      {isOpen && <RuleFields rule={rule} at={at} onClose={onOpen} onRemove={onRemove} />}
    </li>
  );
}
