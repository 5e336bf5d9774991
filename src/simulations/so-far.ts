import type { Cascade } from '../engine/index.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

/** Where a run stands. */
export interface SoFar {
  readonly phase: 'rounds' | 'equilibria' | 'result';
  readonly rounds: number;
  readonly iterations: number;
  readonly liquidated: number;
  readonly largestMove: number;
}

/** Called at every step of a run. */
export type OnStep = (phase: SoFar['phase'], course: Cascade) => void;

const TELL_MS = 200;

/** Tells each phase as it begins, and its steps now and then. */
export function teller(tell: (soFar: SoFar) => void): OnStep {
  let told: SoFar['phase'] | undefined;
  let toldAt = 0;
  let seen = 0;
  let iterations = 0;
  let largestMove = 0;
  return (phase, { book, rounds, closedIn }) => {
    if (phase === 'equilibria') iterations++;
    if (phase === told && performance.now() < toldAt + TELL_MS) return;
    for (; seen < rounds.length; seen++) {
      for (const prices of [rounds[seen]!.before, rounds[seen]!.after]) for (const l of book.lines.keys()) largestMove = farther(largestMove, prices[l]! / book.price[l]! - 1);
    }
    told = phase;
    toldAt = performance.now();
    tell({ phase, rounds: rounds.length, iterations, liquidated: closedIn.reduce((sum, round) => sum + Number(round > 0), 0), largestMove });
  };
}

function farther(one: number, other: number): number {
  return Math.abs(other) > Math.abs(one) ? other : one;
}
