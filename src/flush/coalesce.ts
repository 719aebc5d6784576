/**
 * Makes one run of `task` serve all who ask for it while another runs. Who asks during a run waits for the NEXT one: the
 * one that runs may have passed by what this caller has just seen happen.
 */
export function coalesce(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function start(): Promise<void> {
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  }

  return () => {
    if (running === undefined) return start();
    next ??= running.then(
      () => startNext(),
      () => startNext(),
    );
    return next;
  };

  function startNext(): Promise<void> {
    next = undefined;
    return start();
  }
}
