import { Answered } from "../guard/answered.ts";
import { Feedback, type FeedbackDeskOptions, feedbackDesk } from "../guard/feedback.ts";
import type { FeedbackAnswer } from "../proxy/feedback-server.ts";

interface Joined extends Omit<FeedbackDeskOptions, "answered"> {
  /** How many requests are remembered. */
  readonly memory: number;
  /** How many processes name requests. */
  readonly processes: number;
  /** The number in a request id of the router's own; undefined: it is somebody else's. */
  numberIn(requestId: string): number | undefined;
  /** Resolves when what has been answered by now is known here. */
  caughtUp(): Promise<void>;
}

/** What remembers who answered, and the ways by which feedback comes: read already, or as it came to the proxy port. */
export function joinFeedback({ memory, processes, numberIn, caughtUp, ...options }: Joined) {
  const answered = new Answered(memory, numberIn, processes);
  const credit = feedbackDesk({ answered, ...options });
  const take = async (feedback: Parameters<typeof credit>[0]) => {
    await caughtUp();
    return credit(feedback);
  };
  const answerTo = async (body: unknown): Promise<FeedbackAnswer> => {
    const read = Feedback.safeParse(body);
    if (read.success) return { status: 200, json: await take(read.data) };
    const message = read.error.issues.map((issue) => issue.message).join("; ");
    return {
      status: 400,
      json: { error: { code: "bad_request", message: `The feedback cannot be understood: ${message}.` } },
    };
  };
  return { answered, take, answerTo };
}
