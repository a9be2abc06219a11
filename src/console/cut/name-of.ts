import type { CutNow } from "../api/answers.ts";

/** What is cut: `2026-11`, or `2026-11, images only`. */
export function nameOf({ version, rule, modality }: Pick<CutNow, "version" | "rule" | "modality">): string {
  const parts = [modality, rule === undefined ? undefined : `rule “${rule}”`].filter((part) => part !== undefined);
  return parts.length === 0 ? version : `${version} (${parts.join(", ")} only)`;
}
