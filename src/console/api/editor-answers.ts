import type { z } from "zod";
import type { Previewed } from "../../admin/endpoints/preview.ts";

/** What the API answers, as the schemas say that it validates and documents it by. */
export type PreviewAnswer = z.output<typeof Previewed>;
