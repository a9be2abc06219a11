import { Answered } from "../guard/answered.ts";
import { Feedback, type FeedbackDeskOptions, feedbackDesk } from "../guard/feedback.ts";
import type { FeedbackPlace } from "../proxy/feedback-server.ts";

interface Joined extends Omit<FeedbackDeskOptions, "answered"> {
  /** How many requests are remembered. */
  readonly memory: number;
  /** The number in a request id of the router's own; undefined: it is somebody else's. */
  numberIn(requestId: string): number | undefined;
  /** Where the proxy port takes feedback; undefined: nowhere. */
  readonly path: string | undefined;
}

/** What remembers who answered, and the ways by which feedback comes. */
export function joinFeedback({ memory, numberIn, path, ...options }: Joined) {
  const answered = new Answered(memory, numberIn);
  const take = feedbackDesk({ answered, ...options });
  const place: FeedbackPlace | undefined = path === undefined ? undefined : { path, take: (body) => answerTo(body) };
  const answerTo = (body: unknown) => {
    const read = Feedback.safeParse(body);
    if (read.success) return { status: 200, json: take(read.data) };
    const message = read.error.issues.map((issue) => issue.message).join("; ");
    return {
      status: 400,
      json: { error: { code: "bad_request", message: `The feedback cannot be understood: ${message}.` } },
    };
  };
  return { answered, take, place };
}
