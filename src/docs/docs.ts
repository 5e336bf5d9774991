import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { GRAPHQL_PATH } from '../api/border.js';
import { openApi } from './openapi.js';

/** Served from node_modules: both explorers work without a network. */
const ASSETS: Readonly<Record<string, string>> = {
  'react.js': 'react/umd/react.production.min.js',
  'react-dom.js': 'react-dom/umd/react-dom.production.min.js',
  'graphiql.js': 'graphiql/graphiql.min.js',
  'graphiql.css': 'graphiql/graphiql.min.css',
};

const PAGE = `<!doctype html>
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
<script src="/graphiql/graphiql.js"></script>
<script>
ReactDOM.createRoot(document.getElementById('explorer')).render(React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: '${GRAPHQL_PATH}' }),
  defaultQuery: '{ markets(first: 5) { nodes { id name assets { symbol price } } } }',
}));
</script>
</body>
</html>
`;

/** /openapi.json, /docs for people, /graphiql to try queries. */
export async function addDocs(app: NestFastifyApplication): Promise<void> {
  SwaggerModule.setup('docs', app, () => openApi(app), { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Unwind REST API', swaggerOptions: { tryItOutEnabled: true } });
  const instance = app.getHttpAdapter().getInstance();
  instance.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  for (const [name, file] of Object.entries(ASSETS)) {
    instance.get(`/graphiql/${name}`, async (_request, reply) => {
      const content = await readFile(fileURLToPath(import.meta.resolve(file)));
      return reply.type(name.endsWith('.css') ? 'text/css' : 'text/javascript').header('cache-control', 'max-age=86400').send(content);
    });
  }
}
