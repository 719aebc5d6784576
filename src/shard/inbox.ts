/** Runs tasks in the order in which they came, one per turn of the event loop. */
export type Inbox = (task: () => void) => void;

/**
 * Node hands over up to a thousand waiting messages in one turn, which would block the main thread for as long as they
 * all take: 100,000 new series were 1.5 s. Here the first task runs at once, and each further one after a turn, so that
 * requests and the other shards get theirs in between. What waits is bounded: a drain has only so many parts.
 */
export function createInbox(nextTurn: (task: () => void) => void = setImmediate): Inbox {
  let waiting: (() => void)[] = [];
  let isBusy = false;

  function run(task: () => void): void {
    isBusy = true;
    nextTurn(next);
    task();
  }

  function next(): void {
    const task = waiting.shift();
    if (task === undefined) isBusy = false;
    else run(task);
  }

  return (task) => {
    if (isBusy) waiting.push(task);
    else run(task);
  };
}
