import { parentPort, workerData } from "node:worker_threads";
import { readRules } from "./read-rules.ts";

/** The other end of `readRulesApart`: reads one text and says what it found. */
parentPort?.postMessage(readRules(String(workerData)));
