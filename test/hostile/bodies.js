/** Valid documents, and what becomes of them. */
import { readFileSync } from 'node:fs';
import { hostileValue, jsonOf, Pairs, Raw, TEXTS } from './values.js';

const example = (name) => JSON.parse(readFileSync(new URL(`../../examples/perp-cascade/${name}.json`, import.meta.url), 'utf8'));
const [market, portfolio, scenario, orderBook] = ['market', 'portfolio', 'scenario', 'scenario-order-book'].map(example).map((document) => Object.fromEntries(Object.entries(document).filter(([name]) => name !== 'reference')));
const [BTC, ETH] = market.assets.map(({ symbol }) => symbol);
const isolated = { reference: 'isolated', marginMode: 'isolated', balance: 0, collateral: [], positions: [{ symbol: BTC, side: 'long', contracts: 1, contractSize: 1, entryPrice: 61_000, margin: 9_000, fixedFee: 0.25 }], stopOrders: [{ symbol: BTC, side: 'sell', amount: 1, triggerPrice: 58_000, reduceOnly: true }] };
const loan = { reference: 'loan', collateral: [{ symbol: ETH, quantity: 10, liquidationThreshold: 0.83 }], debts: [{ quantity: 20_000 }, { symbol: BTC, quantity: 0.1 }], closeFactor: 0.5, fullCloseHealthFactor: 0.95, liquidationBonus: 0.05, dumpedShare: 1 };
const foreign = { symbol: 'BTC/USDT:USDT', side: 'long', contracts: 1, contractSize: 1, entryPrice: 60_000, collateral: 5_000, marginMode: 'cross', markPrice: 61_000, maintenanceMarginPercentage: 0.005 };

/** Documents whose parts fit each other, by the name of their schema; all others come from the schema alone. */
const KNOWN = {
  MarketInput: [market],
  PortfolioInput: [{ ...portfolio, accounts: [...portfolio.accounts.slice(0, 4), isolated], loans: [loan] }, { ...portfolio, accounts: portfolio.accounts.slice(4, 6) }],
  ScenarioInput: [scenario, orderBook],
  CcxtPortfolioInput: [{ positions: [foreign], balance: { total: { USDT: 1000 } } }],
  CcxtMarketInput: [{ tickers: { 'BTC/USDT:USDT': { symbol: 'BTC/USDT:USDT', last: 61_000, quoteVolume: 1e9 } }, leverageTiers: { 'BTC/USDT:USDT': [{ tier: 1, minNotional: 0, maxNotional: 1e6, maintenanceMarginRate: 0.004, maxLeverage: 125 }] }, orderBooks: { 'BTC/USDT:USDT': { symbol: 'BTC/USDT:USDT', bids: [[60_990, 1]], asks: [[61_010, 1]] } } }],
  Changes: [{ orders: [{ account: 'isolated', symbol: BTC, side: 'sell', amount: 1 }], transfers: [] }, { orders: [], transfers: [{ account: portfolio.accounts[0].reference, amount: 100 }] }],
  PositionLine: [{ account: 'a', marginMode: 'cross', balance: 100, symbol: BTC, side: 'long', contracts: 1, entryPrice: 60_000 }],
};

/** A document that a schema of `openapi` allows, with ids that `idOf` knows by the name of their field. */
export class Documents {
  constructor(openapi, idOf) {
    this.schemas = openapi.components.schemas;
    this.idOf = idOf;
  }

  named(name, chance, depth = 0) {
    return KNOWN[name] ? structuredClone(chance.pick(KNOWN[name])) : this.of(this.schemas[name], chance, depth, name);
  }

  of(schema, chance, depth = 0, name = '') {
    if (schema.$ref) return this.named(schema.$ref.split('/').at(-1), chance, depth);
    const [alternative] = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
    if (alternative) return this.of(alternative, chance, depth, name);
    if (schema.enum) return chance.pick(schema.enum);
    switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
      case 'object':
        return this.object(schema, chance, depth);
      case 'array':
        return Array.from({ length: Math.max(schema.minItems ?? 0, chance.below(3)) }, () => this.of(schema.items ?? {}, chance, depth + 1, name));
      case 'integer':
      case 'number': {
        const low = schema.minimum ?? schema.exclusiveMinimum ?? 0;
        const high = Math.min(schema.maximum ?? schema.exclusiveMaximum ?? 1000, Math.max(low, 0) + 10);
        const number = low < 0 ? high / 2 : low + (high - low) * (0.1 + 0.8 * chance.next());
        return schema.type === 'integer' ? Math.ceil(number) : number;
      }
      case 'boolean':
        return chance.is(0.5);
      case 'string':
        if (schema.format === 'uuid') return this.idOf(name, chance);
        if (schema.format === 'date-time') return '2027-01-01T00:00:00Z';
        return `x${chance.below(1e9)}`.padEnd(schema.minLength ?? 0, 'x').slice(0, schema.maxLength);
      default:
        return {};
    }
  }

  object({ properties = {}, required = [] }, chance, depth) {
    const result = {};
    for (const [name, schema] of Object.entries(properties)) {
      const twin = name.endsWith('Id') ? name.slice(0, -2) : `${name}Id`;
      const hasTwin = twin in properties;
      if (hasTwin ? twin in result || (name in properties && !name.endsWith('Id') && chance.is(0.5)) : !required.includes(name) && (depth > 4 || chance.is(0.5))) continue;
      result[name] = this.of(schema, chance, depth + 1, name);
    }
    return result;
  }
}

/** The document with one to three places spoilt. */
export function mutated(document, chance) {
  let root = structuredClone(document);
  for (let times = 1 + (chance.is(0.3) ? chance.below(3) : 0); times > 0; times--) root = mutatedOnce(root, chance);
  return root;
}

function mutatedOnce(root, chance) {
  const places = placesOf(root);
  if (places.length === 0 || chance.is(0.03)) return hostileValue(chance);
  const { parent, key } = chance.pick(places);
  if (parent instanceof Pairs || parent instanceof Raw) return root;
  switch (chance.below(8)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1: // a property that is not one
      if (!Array.isArray(parent)) replaceIn(root, parent, new Pairs([...Object.entries(parent), [chance.pick(['__proto__', 'constructor', 'prototype', 'x', '', '\u0000', '\ud800', key.toUpperCase?.() ?? 'X', ' ' + key, ...TEXTS.slice(0, 20)]), hostileValue(chance)]]));
      break;
    case 2: // a property twice
      if (!Array.isArray(parent)) replaceIn(root, parent, new Pairs([...Object.entries(parent), [key, chance.is(0.5) ? parent[key] : hostileValue(chance)]]));
      break;
    case 3:
      parent[key] = chance.is(0.5) ? [parent[key]] : { [chance.pick(['x', 'set', 'value', key])]: parent[key] };
      break;
    case 4:
      if (Array.isArray(parent)) for (let i = chance.pick([1, 20, 600]); i > 0; i--) parent.push(structuredClone(parent[key]));
      else parent[key] = typeof parent[key] === 'number' ? String(parent[key]) : typeof parent[key] === 'string' ? parent[key] + chance.pick(TEXTS) : hostileValue(chance);
      break;
    default:
      parent[key] = hostileValue(chance);
  }
  return root;
}

function placesOf(root) {
  const places = [];
  const walk = (parent) => {
    if (typeof parent !== 'object' || parent === null || parent instanceof Raw || parent instanceof Pairs || places.length > 2000) return;
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      walk(value);
    }
  };
  walk(root);
  return places;
}

function replaceIn(root, old, replacement) {
  for (const { parent, key } of placesOf(root)) if (parent[key] === old) parent[key] = replacement;
}

/** The bytes of a JSON text, sometimes no longer JSON. */
export function spoiltText(text, chance) {
  const bytes = Buffer.from(text);
  const at = chance.below(bytes.length + 1);
  const inserted = (what) => Buffer.concat([bytes.subarray(0, at), Buffer.from(what), bytes.subarray(at)]);
  switch (chance.below(14)) {
    case 0: return bytes.subarray(0, at);
    case 1: return inserted([0]);
    case 2: return inserted([0xff, 0xfe, 0xc0, 0x80]);
    case 3: return inserted([0xed, 0xa0, 0x80]);
    case 4: return Buffer.concat([Buffer.from('\ufeff'), bytes]);
    case 5: return Buffer.from(text, 'utf16le');
    case 6: return Buffer.concat([bytes, bytes]);
    case 7: return Buffer.alloc(0);
    case 8: return Buffer.from(chance.pick(['null', 'true', '0', '"x"', '[]', '{}', ' ', 'NaN', 'undefined', '<x/>', 'a=b', '/**/{}', '{"a":1,}', "{'a':1}", '{a:1}', '[', '{', '"', '\\', '{"a"', '{"a":', ']', '}']));
    case 9: return inserted(chance.pick(['/*x*/', '//x\n', ',', '"', '\\', '{', ']', '\u0000', '\u2028', '1e400', 'NaN', '\b']));
    case 10: return Buffer.from('['.repeat(chance.pick([33, 1000, 100_000])));
    case 11: return chance.bytes(chance.below(2000));
    case 12: return Buffer.from(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`).join()}}`);
    default: {
      const flipped = Buffer.from(bytes);
      for (let i = 0; i < 5 && flipped.length > 0; i++) flipped[chance.below(flipped.length)] ^= 1 << chance.below(8);
      return flipped;
    }
  }
}

/** A file of lines, as NDJSON or CSV, with garbage in it. */
export function spoiltLines(line, isCsv, chance) {
  const lines = Array.from({ length: 1 + chance.below(6) }, (_, i) => ({ ...line, account: `a${i}` }));
  const columns = Object.keys(line);
  const field = (value) => (chance.is(0.03) ? chance.pick(['"', '"a"b', '""', '\u0000', '\r', '"x\ny"', ...TEXTS.slice(0, 40)]) : String(value ?? ''));
  const rows = isCsv ? [columns.map(field).join(), ...lines.map((each) => columns.map((column) => field(each[column])).join(chance.is(0.95) ? ',' : ';'))] : lines.map((each) => jsonOf(chance.is(0.5) ? mutated(each, chance) : each));
  const text = rows.join(chance.pick(['\n', '\n', '\r\n', '\r', '\n\n'])) + chance.pick(['', '\n', '\r\n\r\n', '"', '\u0000']);
  return chance.is(0.3) ? spoiltText(text, chance) : Buffer.from(text);
}
