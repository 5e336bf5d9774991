import { GraphQLScalarType, Kind } from 'graphql';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Goes out as RFC 3339 in UTC; what comes in is left to the field word, as at the REST door. */
export const Instant = new GraphQLScalarType<unknown, string>({
  name: 'Instant',
  description: 'A date and time as RFC 3339 says, e.g. 2026-01-31T12:00:00Z.',
  serialize: (value) => (typeof value === 'string' ? value : (value as Date).toISOString()), // kept answers have it as text
  parseValue: (value) => value,
  parseLiteral: (node) => (node.kind === Kind.STRING ? node.value : null),
});

/** Characters of an instant, with any fraction of a second that a clock tells. */
const LENGTH_MAX = 64;

/** Null for what is no RFC 3339 instant, such as the 30th of February. */
export function parseInstant(text: string): Date | null {
  const parts = text.length > LENGTH_MAX ? null : RFC_3339.exec(text);
  if (!parts) return null;
  const [year, month, day] = parts.slice(1, 4).map(Number) as [number, number, number];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth) return null;
  return new Date(text);
}
