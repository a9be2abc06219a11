import type { RouterAnswer } from "./router-answer.ts";

/** What a client is told when this machine has nothing left to connect to a model with. */
export const NO_ROOM: RouterAnswer = {
  status: 503,
  code: "overloaded",
  message: "The router can make no more connections at the moment; try again.",
  retryAfter: 1,
};

/** File descriptors, memory, and local ports: an attempt to connect that fails for want of them says nothing of the endpoint. */
const LACKS: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** Whether a connection could not be made because this machine has no room for it. */
export function isForWantOfRoom(error: unknown): boolean {
  return error instanceof Error && "code" in error && LACKS.has(error.code);
}
