/** `npm run key -- --tenant acme --scopes admin`: the first key of a tenant; all others its admin makes through the API. */
import { parseArgs } from 'node:util';
import { asCaller, isTenant, TENANT_MAX } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { validated } from '../api/validation.js';
import { ConfigError, parseConfig } from '../config.js';
import { Database } from '../database/database.js';
import { openDatabase } from '../database/open.js';
import { runOrExit } from '../process.js';
import { Credentials } from './credentials.js';
import { ApiKeyInput } from './key.js';
import { KeysService } from './keys.service.js';

const OPTIONS = { tenant: { type: 'string' }, scopes: { type: 'string' }, name: { type: 'string', default: 'first key' }, expires: { type: 'string' } } as const;

await runOrExit(async () => {
  const { tenant, input } = asked();
  const config = parseConfig(process.env);
  if (!config.keySecret) throw new ConfigError(['UNWIND_KEY_SECRET must be that of the service: keys are stored under it.']);
  const opened = await openDatabase(config);
  const database = new Database(opened.url);
  try {
    const { id, scopes, secret } = await asCaller({ tenant }, () => new KeysService(database, new Credentials(database, config.keySecret!)).create(input));
    console.log(`Key ${id} of tenant ${tenant}, ${scopes.join(', ')}. It is shown once:\n${secret}`);
  } finally {
    await database.$disconnect();
    await opened.close();
  }
});
process.exit(0); // the migrations of the embedded server leave a timer behind

function asked(): { readonly tenant: string; readonly input: ApiKeyInput } {
  try {
    const { tenant, scopes, name, expires } = parseArgs({ options: OPTIONS }).values;
    if (!tenant || !isTenant(tenant)) throw new ConfigError([`--tenant must be 1 to ${TENANT_MAX} of a-z, 0-9, - and _, not beginning with - or _.`]);
    return { tenant, input: validated(ApiKeyInput, { name, scopes: scopes?.split(','), ...(expires && { expiresAt: expires }) }) };
  } catch (error) {
    if (error instanceof ApiError) throw new ConfigError(error.issues.map(({ pointer, message }) => `--${pointer.slice(1).replace(/At$/, '')} ${message}.`));
    throw error instanceof ConfigError ? error : new ConfigError([(error as Error).message]);
  }
}
