/** The same question through REST and through GraphQL, answered in one shape, so that a test is written once. */
export interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly pointers: readonly string[];
  /** The same with their codes: `/assets/0/price OUT_OF_RANGE`. */
  readonly issues: readonly string[];
  /** The document, page or id; absent on errors. */
  readonly data?: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface Door {
  readonly name: 'REST' | 'GraphQL';
  create(input: unknown): Promise<Answer>;
  /** The input as text, which need not be JSON. */
  createText(input: string): Promise<Answer>;
  read(id: string): Promise<Answer>;
  list(page: { limit?: number; cursor?: string; reference?: string }): Promise<Answer>;
  replace(id: string, input: unknown): Promise<Answer>;
  delete(id: string): Promise<Answer>;
}

/** `listed` is what a list has of each document, when that is not all of it. */
export interface Noun {
  readonly plural: string;
  readonly type: string;
  readonly listed?: string;
}

export const BASE = process.env.UNWIND_TEST_URL ?? '';

/** Both doors of a noun: `doors({ plural: 'markets', type: 'Market' })`. */
export function doors(noun: Noun): [Door, Door] {
  return [restDoor(noun), graphqlDoor(noun)];
}

/** Answers of both doors to one text; the test says that they are equal. */
export async function throughBoth(noun: Noun, input: string): Promise<[Answer, Answer]> {
  const [rest, graphql] = await Promise.all(doors(noun).map((door) => door.createText(input)));
  return [rest!, graphql!];
}

function restDoor({ plural }: Noun): Door {
  const base = `/v1/${plural}`;
  return {
    name: 'REST',
    create: (input) => rest('POST', base, JSON.stringify(input)),
    createText: (input) => rest('POST', base, input),
    read: (id) => rest('GET', `${base}/${encodeURIComponent(id)}`),
    list: (page) => rest('GET', `${base}?${new URLSearchParams(Object.entries(page).map(([name, value]): [string, string] => [name, String(value)]))}`),
    replace: (id, input) => rest('PUT', `${base}/${encodeURIComponent(id)}`, JSON.stringify(input)),
    delete: (id) => rest('DELETE', `${base}/${encodeURIComponent(id)}`),
  };
}

function graphqlDoor({ plural, type, listed = type }: Noun): Door {
  const one = type[0]!.toLowerCase() + type.slice(1);
  const fields = () => selection(type);
  const create = async (input: string) => graphql(`mutation ($input: ${type}Input!) { data: create${type}(input: $input) ${await fields()} }`, `{"input":${input}}`);
  return {
    name: 'GraphQL',
    create: (input) => create(JSON.stringify(input)),
    createText: create,
    read: async (id) => graphql(`query ($id: ID!) { data: ${one}(id: $id) ${await fields()} }`, JSON.stringify({ id })),
    list: async ({ limit, cursor, reference }) => {
      const query = `query ($first: Int, $after: String, $reference: String) { data: ${plural}(first: $first, after: $after, reference: $reference) { nodes ${await selection(listed)} pageInfo { hasNextPage endCursor } } }`;
      const answer = await graphql(query.replace('$first: Int', '$first: Int! = 20'), JSON.stringify({ first: limit, after: cursor, reference }));
      if (!answer.data) return answer;
      const { nodes, pageInfo } = answer.data;
      return { ...answer, data: { items: nodes, ...(pageInfo.hasNextPage && { nextCursor: pageInfo.endCursor }) } };
    },
    replace: async (id, input) => graphql(`mutation ($id: ID!, $input: ${type}Input!) { data: replace${type}(id: $id, input: $input) ${await fields()} }`, JSON.stringify({ id, input })),
    delete: (id) => graphql(`mutation ($id: ID!) { data: delete${type}(id: $id) }`, JSON.stringify({ id })),
  };
}

export async function rest(method: string, path: string, body?: string): Promise<Answer> {
  const response = await fetch(BASE + path, { method, ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }) });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : undefined;
  if (response.ok) return { status: 200, ...NO_ISSUES, data: answer };
  return { status: response.status, code: answer.code, ...told(answer.errors) };
}

/** `variables` as text: it may be what no JSON is. */
export async function graphql(query: string, variables = '{}'): Promise<Answer> {
  const response = await fetch(`${BASE}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"query":${JSON.stringify(query)},"variables":${variables}}` });
  const { data, errors } = (await response.json()) as { data?: { data: unknown }; errors?: { extensions: { code: string; errors?: Issue[] } }[] };
  if (!errors) return { status: response.status, ...NO_ISSUES, data: withoutNulls(data!.data) };
  return { status: response.status, code: errors[0]!.extensions.code, ...told(errors[0]!.extensions.errors) };
}

interface Issue {
  readonly pointer: string;
  readonly code: string;
}

const NO_ISSUES = { pointers: [], issues: [] };

function told(issues: readonly Issue[] = []): Pick<Answer, 'pointers' | 'issues'> {
  return { pointers: issues.map(({ pointer }) => pointer).sort(), issues: issues.map(({ pointer, code }) => `${pointer} ${code}`).sort() };
}

interface TypeRef {
  readonly name: string | null;
  readonly kind: string;
  readonly ofType?: TypeRef | null;
}

const selections = new Map<string, Promise<string>>();

/** Every field of a type, by introspection. */
export function selection(type: string): Promise<string> {
  if (!selections.has(type)) selections.set(type, introspected(type));
  return selections.get(type)!;
}

async function introspected(type: string): Promise<string> {
  const ref = 'name kind ofType { name kind ofType { name kind ofType { name kind ofType { name kind } } } }';
  const { data } = await graphql(`{ data: __type(name: "${type}") { fields { name args { name } type { ${ref} } } } }`);
  const fields = await Promise.all(
    (data.fields as { name: string; args: unknown[]; type: TypeRef }[]).map(async ({ name, args, type: field }) => {
      let inner: TypeRef = field;
      while (inner.ofType) inner = inner.ofType;
      if (inner.kind !== 'OBJECT') return name;
      return args.length > 0 ? '' : `${name} ${await selection(inner.name!)}`;
    }),
  );
  return `{ ${fields.join(' ')} }`;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])));
}
