import type { z } from "zod";
import type { Changes } from "../../admin/endpoints/differences.ts";
import type { DisagreementsNow } from "../../admin/endpoints/disagreements.ts";
import type { Previewed } from "../../admin/endpoints/preview.ts";
import type { Explained } from "../../admin/shapes/explained.ts";
import type { PastRules } from "../../admin/shapes/rules.ts";
import type { Timeline } from "../../admin/shapes/timeline.ts";

/** What the API answers, as the schemas say that it validates and documents it by. */
export type DisagreementsAnswer = z.output<typeof DisagreementsNow>;
export type ChangesAnswer = z.output<typeof Changes>;
export type PreviewAnswer = z.output<typeof Previewed>;
export type ExplainAnswer = z.output<typeof Explained>;
export type HistoryAnswer = z.output<typeof Timeline>;
export type PastRulesAnswer = z.output<typeof PastRules>;
