import type { Heartbeat, ReplicaBoard } from "./replica-board.ts";

export interface Heart {
  /** Something has changed that the others want to know now. */
  beat(): void;
  /** Says goodbye. Never rejects. */
  stop(): Promise<void>;
}

/** Tells of this replica now, every `everyMs`, and when asked; one heartbeat at a time. */
export function startHeart(board: ReplicaBoard, own: () => Heartbeat, everyMs: number): Heart {
  let beating: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const beat = (): void => {
    if (stopped) return;
    again = beating !== undefined;
    beating ??= board.beat(own()).then(() => {
      beating = undefined;
      if (again) beat();
    });
  };
  const timer = setInterval(beat, everyMs);
  beat();
  return {
    beat,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await beating;
      await board.leave(own().id);
    },
  };
}
