import type { Scenario as EngineScenario } from '../src/engine/index.js';
import type { Scenario, ScenarioInput } from '../src/scenarios/scenario.js';
import { doors, throughBoth } from './doors.js';

/** A stored or posted scenario goes into the engine as it is: tsc says so. */
type Takes<T extends EngineScenario> = T;
export type EngineTakesScenarios = [Takes<Scenario>, Takes<ScenarioInput>];

const SCENARIOS = { plural: 'scenarios', type: 'Scenario' };

const scenario = (changes: object = {}) => ({
  name: 'Black Thursday',
  shocks: [{ symbol: 'BTC', shock: -0.37 }, { symbol: 'USDC', shock: 0 }, { symbol: 'ETH', shock: -0.999 }, { symbol: 'PUT', shock: 10 }],
  marketShock: -0.25,
  depthMultiplier: 0.4,
  closeOut: { policy: 'partial', targetMarginRatio: 1.5 },
  impactOverrides: [
    { symbol: 'BTC', impact: { model: 'exponential', depth: 5000, floor: 1e-6 } },
    { symbol: 'ETH', impact: { model: 'linear', lambda: 0.001 } },
    { symbol: 'SOL', impact: { model: 'squareRoot' } },
  ],
  ...changes,
});

describe.each(doors(SCENARIOS).map((door) => [door.name, door] as const))('scenarios through %s', (_name, door) => {
  test('a scenario is read as it was posted', async () => {
    const { data } = await door.create(scenario());
    const { id, version: _version, createdAt, updatedAt, ...posted } = data;
    expect([id, createdAt, updatedAt]).toEqual(Array(3).fill(expect.any(String)));
    expect(posted).toEqual(scenario());
    expect((await door.read(id)).data).toEqual(data);
  });

  test('what is left out gets its default and nothing else appears', async () => {
    const { data } = await door.create({ name: 'Calm' });
    expect(data).toEqual({ id: expect.any(String), version: 1, createdAt: expect.any(String), updatedAt: expect.any(String), name: 'Calm', shocks: [], marketShock: 0, depthMultiplier: 1, closeOut: { policy: 'full' }, impactOverrides: [] });
  });

  test('null is the same as absent', async () => {
    const { data } = await door.create(scenario({ reference: null, closeOut: { policy: 'partial', targetMarginRatio: null }, impactOverrides: [{ symbol: 'BTC', impact: { model: 'none', floor: null } }] }));
    expect(data).not.toHaveProperty('reference');
    expect(data).toMatchObject({ closeOut: { policy: 'partial' }, impactOverrides: [{ symbol: 'BTC', impact: { model: 'none' } }] });
    expect(JSON.stringify(data)).not.toContain('null');
  });

  test('512 shocks keep their order', async () => {
    const shocks = Array.from({ length: 512 }, (_, i) => ({ symbol: `S${511 - i}`, shock: (i - 256) / 512 }));
    expect((await door.create(scenario({ shocks }))).data.shocks).toEqual(shocks);
  });

  test('a replacement leaves nothing of what was before', async () => {
    const { data } = await door.create(scenario());
    const replaced = await door.replace(data.id, { name: 'Calm' });
    expect(replaced.data).toMatchObject({ shocks: [], marketShock: 0, depthMultiplier: 1, closeOut: { policy: 'full' }, impactOverrides: [] });
    expect(replaced.data.closeOut).toEqual({ policy: 'full' });
    expect((await door.read(data.id)).data).toEqual(replaced.data);
  });
});

describe('a bad scenario gets the same answer at both doors', () => {
  const shock = (...shocks: unknown[]) => scenario({ shocks: shocks.map((value) => ({ symbol: 'BTC', shock: value })) });
  const override = (impact: unknown) => scenario({ impactOverrides: [{ symbol: 'BTC', impact }] });

  test.each([
    // what                            input                                                       status  issues
    ['no name',                        scenario({ name: undefined }),                               400, ['/name MISSING']],
    ['unknown property',               scenario({ colour: 1 }),                                     400, ['/colour UNKNOWN_PROPERTY']],
    ['shocks an object',               scenario({ shocks: {} }),                                    400, ['/shocks WRONG_TYPE']],
    ['513 shocks',                     shock(...Array(513).fill(0)),                                400, ['/shocks OUT_OF_RANGE']],
    ['a price that falls to nothing',  shock(-1),                                                   400, ['/shocks/0/shock OUT_OF_RANGE']],
    ['a shock above tenfold',          shock(10.1),                                                 400, ['/shocks/0/shock OUT_OF_RANGE']],
    ['a shock as text',                shock('-0.1'),                                               400, ['/shocks/0/shock WRONG_TYPE']],
    ['a market that falls to nothing', scenario({ marketShock: -1 }),                               400, ['/marketShock OUT_OF_RANGE']],
    ['market shock null',              scenario({ marketShock: null }),                             400, ['/marketShock WRONG_TYPE']],
    ['no depth',                       scenario({ depthMultiplier: 0 }),                            400, ['/depthMultiplier OUT_OF_RANGE']],
    ['no policy',                      scenario({ closeOut: {} }),                                  400, ['/closeOut/policy MISSING']],
    ['unknown policy',                 scenario({ closeOut: { policy: 'none' } }),                  400, ['/closeOut/policy WRONG_TYPE']],
    ['a target below 1',               scenario({ closeOut: { policy: 'partial', targetMarginRatio: 0.99 } }), 400, ['/closeOut/targetMarginRatio OUT_OF_RANGE']],
    ['an override without impact',     override(undefined),                                         400, ['/impactOverrides/0/impact MISSING']],
    ['unknown model',                  override({ model: 'cubic' }),                                400, ['/impactOverrides/0/impact/model WRONG_TYPE']],
    ['floor 0',                        override({ model: 'none', floor: 0 }),                       400, ['/impactOverrides/0/impact/floor OUT_OF_RANGE']],

    ['one symbol shocked twice',       shock(-0.1, -0.2),                                           422, ['/shocks/1/symbol DUPLICATE']],
    ['a first stage of nothing',       scenario({ closeOut: { policy: 'staged', firstFraction: 0 } }), 400, ['/closeOut/firstFraction OUT_OF_RANGE']],
    ['a cooldown of no round',         scenario({ closeOut: { policy: 'staged', cooldown: 0 } }),   400, ['/closeOut/cooldown OUT_OF_RANGE']],
    ['stages for the policy partial',  scenario({ closeOut: { policy: 'partial', firstFraction: 0.2, cooldown: 2 } }), 422, ['/closeOut/cooldown FORBIDDEN', '/closeOut/firstFraction FORBIDDEN']],
    ['rounds where there are none',    scenario({ closeOut: { policy: 'staged', cooldown: 2 }, dynamics: { clearing: 'equilibrium', maxRounds: 5, recovery: 0.5, throughput: 1e6, order: 'byReference' } }), 422, ['/closeOut/cooldown FORBIDDEN', '/dynamics/maxRounds FORBIDDEN', '/dynamics/order FORBIDDEN', '/dynamics/recovery FORBIDDEN', '/dynamics/throughput FORBIDDEN']],
    ['two rules of execution',         scenario({ dynamics: { execution: 'after', executionShare: 0.25 } }), 422, ['/dynamics/execution FORBIDDEN']],
    ['an unknown order',               scenario({ dynamics: { order: 'random' } }), 400, ['/dynamics/order WRONG_TYPE']],
    ['a fault twice',                  scenario({ dynamics: { faults: ['singlePass', 'singlePass'] } }), 400, ['/dynamics/faults OUT_OF_RANGE']],
    ['a target for the policy full',   scenario({ closeOut: { policy: 'full', targetMarginRatio: 1.5 } }), 422, ['/closeOut/targetMarginRatio FORBIDDEN']],
    ['one symbol overridden twice',    scenario({ impactOverrides: Array(2).fill({ symbol: 'BTC', impact: { model: 'none' } }) }), 422, ['/impactOverrides/1/symbol DUPLICATE']],
    ['linear without lambda',          override({ model: 'linear', depth: 1 }),                     422, ['/impactOverrides/0/impact/lambda MISSING']],
    ['exponential without depth',      override({ model: 'exponential' }),                          422, ['/impactOverrides/0/impact/depth MISSING']],
  ])('%s', async (_what, input, status, issues) => {
    const [throughRest, throughGraphql] = await throughBoth(SCENARIOS, JSON.stringify(input));
    expect(throughRest).toMatchObject({ status, code: status === 400 ? 'INVALID_INPUT' : 'INCONSISTENT_INPUT', issues });
    expect(throughGraphql).toEqual(throughRest);
  });
});
