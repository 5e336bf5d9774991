import { afterEach, beforeEach, jest } from '@jest/globals';
import { giveWay, inTurns, mapped, type Work } from '../src/api/turns.js';

/** Of one turn, and of a piece of work. */
const [TURN_MS, PIECE_MS] = [8, 3];

let clock = 1000;

beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => clock));
afterEach(() => void jest.restoreAllMocks());

/** How long each turn of the event loop took by the clock of the pieces. */
async function turnsOf(work: () => Promise<unknown>): Promise<number[]> {
  const seen = [clock];
  let isOver = false;
  const look = () => {
    seen.push(clock);
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work().finally(() => (isOver = true));
  return seen.slice(1).map((at, i) => at - seen[i]!);
}

function* pieces(count: number): Work<number> {
  for (let i = 0; i < count; i++) {
    clock += PIECE_MS;
    yield;
  }
  return count;
}

test('one work gives way when its turn is over', async () => {
  const turns = await turnsOf(() => inTurns(pieces(40)));
  expect(Math.max(...turns)).toBeLessThanOrEqual(TURN_MS + PIECE_MS);
  expect(turns.filter((ms) => ms > 0).length).toBeGreaterThan(8);
});

test('many works at once take a turn no longer than one', async () => {
  const turns = await turnsOf(async () => {
    await giveWay();
    expect(await Promise.all([inTurns(pieces(40)), inTurns(pieces(40)), inTurns(pieces(40))])).toEqual([40, 40, 40]);
  });
  expect(Math.max(...turns)).toBeLessThanOrEqual(TURN_MS + 3 * PIECE_MS); // each begins at once
  expect(Math.max(...turns.slice(4))).toBeLessThanOrEqual(TURN_MS + PIECE_MS);
});

test('so do pieces between which somebody else is waited for', async () => {
  const steps = async () => {
    for (let i = 0; i < 20; i++) {
      clock += PIECE_MS;
      await giveWay();
      await new Promise((done) => setTimeout(done)); // all of their answers come in one turn
      await giveWay();
    }
  };
  const turns = await turnsOf(() => Promise.all([steps(), steps(), steps(), steps(), steps(), steps()]));
  expect(Math.max(...turns.slice(1))).toBeLessThanOrEqual(TURN_MS + PIECE_MS);
});

test('what becomes of each keeps its order', async () => {
  expect(await inTurns(mapped(new Set([3, 1, 2]), (n) => n * n))).toEqual([9, 1, 4]);
});
