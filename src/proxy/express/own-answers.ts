import type { RouterAnswer } from "../router-answer.ts";

/** What the router says itself of what a client has sent, and of what becomes of it. */
export const SLOW_HEAD: RouterAnswer = {
  status: 408,
  code: "request_timeout",
  message: "The request's head did not come in time; send it at once.",
};
export const MALFORMED: RouterAnswer = {
  status: 400,
  code: "bad_request",
  message: "This is not an HTTP/1.1 request.",
};
export const BAD_CHUNK: RouterAnswer = {
  status: 400,
  code: "bad_chunk",
  message: "The body is not in valid chunks; write them as RFC 9112 7.1 says.",
};
export const TOO_LARGE: RouterAnswer = {
  status: 413,
  code: "body_too_large",
  message: "The request's body is larger than the route takes; send less, or ask for a higher `maxBody` in its rules.",
};
export const BODY_TIMEOUT: RouterAnswer = {
  status: 408,
  code: "body_timeout",
  message: "The request's body stopped coming; send it without pauses.",
};
export const CUT: RouterAnswer = {
  status: 503,
  code: "version_cut",
  message: "The model's version was just taken out of service; try again.",
  retryAfter: 1,
};
export const OVERLOADED: RouterAnswer = {
  status: 503,
  code: "overloaded",
  message: "All connections to this model are busy; try again.",
  retryAfter: 1,
};
