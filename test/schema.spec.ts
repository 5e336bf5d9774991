import { run } from './process.js';

test('schema.graphql and openapi.json are those of the code', async () => {
  expect(await run('schema.js', ['--check'])).toEqual({ code: 0, output: '' });
});
