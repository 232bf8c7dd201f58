// Compiles the compose specification's schema into the bundle, in place of src/project/compose/check/schema-validator.ts,
// which compiles it at run time for tests and for `bin/dev.js`. The options of the two, and what they
// add to the schema, have to be the same.
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const home = path.dirname(createRequire(import.meta.url).resolve('dclint/package.json'));

/** Descriptions are a third of the schema, and nobody reads them at run time. */
const withoutDescriptions = value => {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => !(key === 'description' && typeof child === 'string'))
      .map(([key, child]) => [key, withoutDescriptions(child)]),
  );
};

const compile = () => {
  const schema = JSON.parse(fs.readFileSync(path.join(home, 'schemas/compose.schema.json'), 'utf8'));
  schema.definitions.development.properties.watch.items.properties.initial_sync = {
    type: ['boolean', 'string'],
  };
  const options = { allErrors: true, verbose: true, strict: false, validateFormats: false };
  const ajv = new Ajv({ ...options, code: { source: true, esm: true } });
  const validate = ajv.compile({
    ...withoutDescriptions(schema),
    $schema: 'http://json-schema.org/draft-07/schema#',
  });
  return `${standaloneCode(ajv, validate)}
export const loadSchemaValidator = () => Promise.resolve(value => (validate(value) ? [] : validate.errors ?? []));`;
};

export const composeSchema = {
  name: 'compose-schema',
  setup(build) {
    build.onLoad({ filter: /[\\/]project[\\/]compose[\\/]check[\\/]schema-validator\.ts$/ }, args => ({
      contents: compile(),
      loader: 'js',
      resolveDir: path.dirname(args.path),
    }));
  },
};
