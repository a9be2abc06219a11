import type { Commands } from "./command.ts";

const REMOTE = "[--url URL] [--token TOKEN] [--json]";

export const COMMANDS: Commands = {
  serve: {
    usage: "serve [--config FILE] [--SETTING VALUE …]",
    about: "start the router",
    load: async () => (await import("./serve.ts")).serve,
  },
  demo: {
    usage: "demo [--proxy-port PORT] [--admin-port PORT] [--release [--step SECONDS]]",
    about: "two small model servers, the router and some traffic, to try it",
    load: async () => (await import("./demo.ts")).demo,
  },
  check: {
    usage: "check FILE [--json]",
    about: "say what is wrong with a rules document, with no router at hand",
    load: async () => (await import("./check.ts")).check,
  },
  get: {
    usage: `get [--revision N] ${REMOTE}`,
    about: "print the rules in force, or earlier ones",
    load: async () => (await import("./get.ts")).get,
  },
  put: {
    usage: `put FILE [--if-changed] [--if-absent] [--revision N] [--force] [--message WHY] ${REMOTE}`,
    about: "replace the rules",
    load: async () => (await import("./put.ts")).put,
  },
  diff: {
    usage: `diff FILE [--exit-code] ${REMOTE}`,
    about: "say what a file would change, in words and as text",
    load: async () => (await import("./diff.ts")).diff,
  },
  set: {
    usage: `set ROUTE RULE SHARE [--version VERSION] [--message WHY] ${REMOTE}`,
    about: "change one share, such as to 10%",
    load: async () => (await import("./set.ts")).set,
  },
  approvals: {
    usage: `approvals [ID] ${REMOTE}`,
    about: "list what waits for a second person, or show what one of it would change",
    load: async () => (await import("./approvals.ts")).approvals,
  },
  approve: {
    usage: `approve ID ${REMOTE}`,
    about: "let be done what somebody else has asked for",
    load: async () => (await import("./approve.ts")).approve,
  },
  decline: {
    usage: `decline ID --why WHY ${REMOTE}`,
    about: "take away what waits for a second person",
    load: async () => (await import("./decline.ts")).decline,
  },
  cut: {
    usage: `cut ROUTE|--all [--version VERSION] [--rule RULE] [--modality MODALITY] [--why WHY] [--abort] ${REMOTE}`,
    about: "take a bad candidate out of service, everywhere and at once",
    load: async () => (await import("./cut.ts")).cut,
  },
  restore: {
    usage: `restore ROUTE --why WHY [--version VERSION] [--rule RULE] [--modality MODALITY] ${REMOTE}`,
    about: "lift a cut",
    load: async () => (await import("./restore.ts")).restore,
  },
  ramp: {
    usage: `ramp ROUTE RULE pause|resume|skip|approve|abort [--why WHY] ${REMOTE}`,
    about: "hold a rising share, let it go on, or end it",
    load: async () => (await import("./ramp.ts")).ramp,
  },
  status: {
    usage: `status [--watch] ${REMOTE}`,
    about: "what the rules ask for, what became of requests, and which replica is on which revision",
    load: async () => (await import("./status.ts")).status,
  },
  disagreements: {
    usage: `disagreements ROUTE ${REMOTE}`,
    about: "show how a shadow's answers differ from those that clients got",
    load: async () => (await import("./disagreements.ts")).disagreements,
  },
  explain: {
    usage: `explain [METHOD] PATH [--header 'NAME: VALUE'] [--data BODY] ${REMOTE}`,
    about: "say which version would answer a request, and why",
    load: async () => (await import("./explain.ts")).explain,
  },
  history: {
    usage: `history [--limit N] ${REMOTE}`,
    about: "who edited the rules, cut or restored, when and why",
    load: async () => (await import("./history.ts")).history,
  },
  revert: {
    usage: `revert REVISION [--message WHY] ${REMOTE}`,
    about: "go back to earlier rules",
    load: async () => (await import("./revert.ts")).revert,
  },
  completion: {
    usage: "completion bash|zsh|fish",
    about: "print what lets a shell complete these commands",
    load: async () => (await import("./completion.ts")).completionOf(COMMANDS),
  },
};
