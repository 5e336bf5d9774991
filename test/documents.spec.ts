import { randomUUID } from 'node:crypto';
import { doors } from './doors.js';

/** What every stored document does, whatever it says. */
const NOUNS = [
  { plural: 'markets', type: 'Market', input: { name: 'Spot', assets: [{ symbol: 'ETH', price: 3000 }] } },
  { plural: 'portfolios', type: 'Portfolio', listed: 'PortfolioSummary', input: { name: 'Desk', accounts: [{ reference: 'A', marginMode: 'cross', balance: 5 }] } },
  { plural: 'scenarios', type: 'Scenario', input: { name: 'Fall', marketShock: -0.3 } },
];
const unique = () => `test-${randomUUID()}`;
const cases = NOUNS.flatMap((noun) => doors(noun).map((door) => [noun.plural, door.name, door, noun.input] as const));

describe.each(cases)('%s through %s', (_plural, _name, door, input) => {
  test('a document has an id in the order of time and two instants', async () => {
    const { data, status } = await door.create(input);
    expect(status).toBe(200);
    expect(data.id).toMatch(/^[0-9a-f-]{14}7/);
    expect(new Date(data.createdAt).toISOString()).toBe(data.createdAt);
    expect(data.updatedAt).toBe(data.createdAt);
    expect((await door.read(data.id)).data).toEqual(data);
  });

  test('a replacement keeps id and birth', async () => {
    const { data } = await door.create({ ...input, reference: unique() });
    const replaced = await door.replace(data.id, { ...input, name: 'Other' });
    expect(replaced.data).toMatchObject({ id: data.id, name: 'Other', createdAt: data.createdAt });
    expect(replaced.data).not.toHaveProperty('reference');
    expect(replaced.data.updatedAt > data.updatedAt).toBe(true);
    expect((await door.read(data.id)).data).toEqual(replaced.data);
  });

  test('a deleted document is gone', async () => {
    const { data } = await door.create(input);
    expect((await door.delete(data.id)).status).toBe(200);
    for (const again of [door.read(data.id), door.delete(data.id), door.replace(data.id, input)]) expect(await again).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test.each(['no-uuid', '00000000-0000-7000-8000-000000000000', '%00', "'; drop table markets"])('%p is the id of nothing', async (id) => {
    expect(await door.read(id)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('a reference finds its document and is taken for all others', async () => {
    const reference = unique();
    const { data } = await door.create({ ...input, reference });
    expect((await door.list({ reference })).data).toMatchObject({ items: [{ id: data.id, reference }] });
    expect(await door.create({ ...input, reference })).toMatchObject({ status: 409, code: 'REFERENCE_TAKEN', pointers: ['/reference'] });
    const { data: other } = await door.create(input);
    expect(await door.replace(other.id, { ...input, reference })).toMatchObject({ status: 409, code: 'REFERENCE_TAKEN' });
    expect((await door.replace(data.id, { ...input, reference })).status).toBe(200);
  });

  test('pages go from the newest to the oldest, each document once', async () => {
    const created: string[] = [];
    for (let i = 0; i < 5; i++) created.unshift((await door.create(input)).data.id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await door.list({ limit: 2, ...(cursor && { cursor }) });
      expect(data.items.length).toBeLessThanOrEqual(2);
      seen.push(...data.items.map((item: { id: string }) => item.id));
      cursor = data.nextCursor;
    } while (cursor && seen.length < 500);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => created.includes(id))).toEqual(created);
  });

  test.each([{ limit: 0 }, { limit: 101 }, { limit: -1 }, { cursor: 'nonsense' }, { cursor: '' }])('the page %p is refused', async (page) => {
    expect(await door.list(page)).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  });
});
