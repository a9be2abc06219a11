import { z } from "zod";
import { ROLES } from "../../config/roles.ts";

/** Who asks, and how a browser can log in. */
export const Session = z.object({
  /** Absent: nobody that is known. */
  who: z
    .object({
      name: z.string(),
      role: z.enum(ROLES),
      /** `local`: there are no tokens, and it is somebody on this machine. */
      by: z.enum(["local", "token", "session"]),
      /** When the session ends, unless a request comes before; ISO 8601, UTC. */
      until: z.iso.datetime().optional(),
    })
    .optional(),
  login: z.object({
    /** Whether `POST /api/session` takes a token. */
    token: z.boolean(),
    /** Where a browser begins to log in at the identity provider; absent: there is none. */
    oidc: z.string().optional(),
  }),
  approvals: z
    .object({
      above: z.number().describe("The percentage above which a share waits for a second person."),
      mayApprove: z.array(z.string()).describe("The ids of what waits that whoever asks may approve."),
    })
    .optional()
    .describe("Absent: nothing waits for anybody, it is not known who asks, or the store cannot be read."),
});
