import { readFile } from 'node:fs/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { GRAPHQL_PATH } from '../api/border.js';
import { exchanges } from './examples.js';
import { openApi } from './openapi.js';

/** Package and file inside it; served from node_modules, so that the explorer works without a network. */
const ASSETS: Readonly<Record<string, readonly [string, string]>> = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphql-ws.js': ['graphql-ws', 'umd/graphql-ws.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
};

/** Answers on a service that stores nothing yet; its variables are the first example of its REST twin. */
const FIRST_QUERY = `# We hold 40, they hold 80. The price falls by 5 %.
# Does 100 more of collateral save us?
query ($input: WhatIfInput!) {
  whatIf(input: $input) {
    before { ...Side }
    after { ...Side }
  }
}

fragment Side on WhatIfSide {
  summary {
    assets {
      symbol
      priceBefore
      shockedPrice
      finalPrice
      amplification
    }
    totals {
      liquidatedByShock
      liquidatedByCascade
      badDebt
    }
  }
  accounts {
    account
    state
  }
  thresholds {
    account
    liquidationPrice
  }
}
`;

const firstVariables = (): unknown => exchanges().find(({ request }) => request === 'POST /v1/what-if')!.body;

const page = () => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Unwind GraphQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<style>html, body, #explorer { height: 100%; margin: 0; }</style>
</head>
<body>
<div id="explorer"></div>
<script src="/graphiql/react.js"></script>
<script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphql-ws.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script>
let authorization; // as the header editor has it
const wsClient = graphqlWs.createClient({ url: location.origin.replace('http', 'ws') + '${GRAPHQL_PATH}', connectionParams: () => ({ authorization }) });
const ask = GraphiQL.createFetcher({ url: '${GRAPHQL_PATH}', wsClient });
ReactDOM.createRoot(document.getElementById('explorer')).render(React.createElement(GraphiQL, {
  fetcher(query, options) {
    authorization = new Headers(options?.headers).get('authorization') ?? undefined;
    return ask(query, options);
  },
  defaultQuery: ${JSON.stringify(FIRST_QUERY)},
  variables: ${JSON.stringify(JSON.stringify({ input: firstVariables() }, null, 2))},
}));
</script>
</body>
</html>
`;

/** /openapi.json, /docs for people, /graphiql to try queries. */
export function addDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Unwind REST API', customCss: '.topbar { display: none; }', swaggerOptions: { tryItOutEnabled: true } });
  const html = page();
  const instance = app.getHttpAdapter().getInstance();
  instance.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').send(html));
  for (const [name, [owner, file]] of Object.entries(ASSETS)) {
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    const location = new URL(file, import.meta.resolve(`${owner}/package.json`));
    instance.get(`/graphiql/${name}`, async (_request, reply) => reply.type(`${type}; charset=utf-8`).header('cache-control', 'max-age=86400').send(await readFile(location)));
  }
}
