/** Long work on the event loop, done in turns with all else that is there to do. */

/** How long one turn may last. */
const TURN_MS = 8;

/** Whoever waits for a turn. Each turn of the event loop lets one in, so that many at once are as long as one. */
const waiting: (() => void)[] = [];
let turnBegan = 0;

/** Work that gives way at each `yield`. */
export type Work<T> = Generator<void, T>;

/** What becomes of each. */
export function* mapped<T, U>(all: Iterable<T>, become: (each: T) => U): Work<U[]> {
  const made: U[] = [];
  for (const each of all) {
    made.push(become(each));
    yield;
  }
  return made;
}

/** Does the work, a turn at a time. */
export async function inTurns<T>(work: Work<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (isTurnOver()) await nextTurn();
  }
}

/** Does the work without a break: for what is known to be small. */
export function atOnce<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** To be awaited between two pieces of asynchronous work: at once while the turn lasts. */
export async function giveWay(): Promise<void> {
  if (isTurnOver()) await nextTurn();
}

function isTurnOver(): boolean {
  return performance.now() - turnBegan > TURN_MS;
}

function nextTurn(): Promise<void> {
  return new Promise((done) => {
    if (waiting.push(done) === 1) setImmediate(letIn);
  });
}

function letIn(): void {
  turnBegan = performance.now();
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(letIn);
}
