/** Runs tasks, a few at a time, in the order they came. */
export interface ProbeQueue {
  add(task: () => Promise<void>): void;
  /** Resolves when nothing is running or waiting; rejects with the first defect a task threw. */
  idle(): Promise<void>;
}

export function openProbeQueue(atOnce: number): ProbeQueue {
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  const defects: unknown[] = [];
  const start = (): void => {
    while (running.size < atOnce) {
      const task = waiting.shift();
      if (task === undefined) return;
      const run = task()
        .catch((error: unknown) => void defects.push(error))
        .finally(() => {
          running.delete(run);
          start();
        });
      running.add(run);
    }
  };
  return {
    add(task) {
      waiting.push(task);
      start();
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
      if (defects.length > 0) throw defects[0];
    },
  };
}
