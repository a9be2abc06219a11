import { z } from "zod";

export const Failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
