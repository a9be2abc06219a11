import { effect, signal } from "@preact/signals";
import { askSession } from "../login/who-is-here.ts";
import { session } from "../session.ts";

type Told = (data: unknown) => void;

/** Whether the router tells what happens: `lost` while nothing has come for a while. */
export const connection = signal<"opening" | "open" | "lost">("opening");
/** When the router was last heard of, in milliseconds since 1970. */
const heardAt = signal(Date.now());

/** Numbers come every second. */
const SILENT_MS = 5_000;
const AGAIN_MS = 1_000;

const listeners = new Map<string, Set<Told>>();
const reopened = new Set<() => void>();
let source: EventSource | undefined;

/** `told` gets the data of every event of this name, from now on. */
export function onEvent(name: string, told: Told): void {
  const known = listeners.get(name) ?? new Set();
  listeners.set(name, known.add(told));
  source?.addEventListener(name, (event) => hear(event, told));
}

/** Called whenever the connection has come up: what was missed meanwhile has to be asked for. */
export function onOpened(ask: () => void): void {
  reopened.add(ask);
  if (connection.value === "open") ask();
}

/** Listens to the router for as long as somebody is logged in. */
export function startEvents(): void {
  effect(() => {
    if (session.value.kind === "in") open();
    else close();
  });
  setInterval(() => {
    if (source === undefined || Date.now() - heardAt.value < SILENT_MS) return;
    connection.value = "lost";
    reopen();
  }, AGAIN_MS);
}

function open(): void {
  close();
  const opening = new EventSource("/api/events");
  source = opening;
  opening.addEventListener("open", () => {
    heardAt.value = Date.now();
    connection.value = "open";
    for (const ask of reopened) ask();
  });
  opening.addEventListener("error", () => {
    connection.value = "lost";
    // The browser tries again by itself, but not when it was refused.
    if (opening.readyState === EventSource.CLOSED && source === opening) setTimeout(reopen, AGAIN_MS);
  });
  for (const [name, all] of listeners) {
    for (const told of all) opening.addEventListener(name, (event) => hear(event, told));
  }
}

/** A router that was restarted may have forgotten this browser: asked for the session, it says so. */
function reopen(): void {
  heardAt.value = Date.now();
  void askSession().then(() => {
    if (session.value.kind === "in") open();
  });
}

function close(): void {
  source?.close();
  source = undefined;
}

function hear(event: MessageEvent<string>, told: Told): void {
  heardAt.value = Date.now();
  told(JSON.parse(event.data));
}
