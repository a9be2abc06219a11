import { closeSync, openSync, writeSync } from "node:fs";

/** Where Linux takes the longest time, in µs, that a core may need to wake (Documentation/power/pm_qos_interface). */
const WAKE_LATENCY = "/dev/cpu_dma_latency";

/**
 * Lets no core sleep deeper than it can wake from at once, until the returned function is called. A core with nothing to do
 * otherwise halts, and on a virtual machine it is the host that wakes it: that takes longer, and sometimes far longer, than
 * what a proxy does with a request. undefined: this machine does not let us.
 */
export function keepCoresAwake(): (() => void) | undefined {
  try {
    const fd = openSync(WAKE_LATENCY, "r+");
    writeSync(fd, new Int32Array([0]));
    return () => closeSync(fd);
  } catch {
    return undefined;
  }
}
